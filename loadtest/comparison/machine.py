"""What the figures were taken on."""

import datetime
import os
import pathlib
import platform
import re

from comparison.processes import run

TOOLS = {
    "nginx": ("nginx", "-v"),
    "haproxy": ("haproxy", "-v"),
    "openssl": ("openssl", "version"),
    "wrk": ("wrk", "-v"),
    "h2load": ("h2load", "--version"),
    "ab": ("ab", "-V"),
    "curl": ("curl", "--version"),
}


def describe(contenders):
    """:param contenders: by name, the folder of each build of the gateway"""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    about = {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="minutes"),
        "cpu": model.group(1) if model else platform.machine(),
        "cores": os.cpu_count(),
        "memory": f"{int(memory.group(1)) // 1024} MiB" if memory else "unknown",
        "kernel": platform.release(),
        "load before": " ".join(f"{each:.2f}" for each in os.getloadavg()),
    }
    about |= {tool: first_line(*command) for tool, command in TOOLS.items()}
    for name, home in contenders.items():
        about[name] = ", ".join(run(home / "bin/sallyport", "version", check=False).split("\n")).strip(", ")
        if commit := run("git", "-C", home, "describe", "--always", "--dirty", check=False).strip():
            about[name] += f", {commit.splitlines()[-1]}"
    return about


def first_line(*command):
    try:
        text = run(*command, check=False).strip()
    except FileNotFoundError:
        return "not there"
    return text.splitlines()[0] if text else "unknown"
