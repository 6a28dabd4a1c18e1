"""Processes: run to their end, or started, measured, and ended by their id."""

import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = str(CORES[0]), str(CORES[-1])
ALL_CORES = ",".join(map(str, CORES))


def run(*command, check=True, timeout=120, **more):
    done = subprocess.run(
        [str(c) for c in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
        **more,
    )
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def load(*command, **more):
    """A generator, on its core."""
    return run("taskset", "-c", LOAD_CORE, *command, **more)


def load_cpu_seconds():
    """What all generators took that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def more_open_files(wanted):
    """Raises the limit for this process and its children; returns what they have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limits in ((wanted, max(wanted, hard)), (min(wanted, hard), hard)):
        if soft >= wanted:
            break
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            break
        except (ValueError, OSError):
            continue  # Not root: what the hard limit gives.
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def cpu_seconds_for_each(server, work):
    """CPU time of the server for each of the operations that work does, and counts."""
    before = server.cpu_seconds()
    done = work()
    return (server.cpu_seconds() - before) / max(done, 1e-9)


class Server:
    """A process with its children; ended by its id. Begun, but not waited for."""

    def __init__(self, name, command, ports, folder, core):
        self.name = name
        self.ports = ports
        self.folder = folder
        self.log = open(folder / f"{name}.log", "w", encoding="utf-8")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            ["taskset", "-c", core, *map(str, command)], stdout=self.log, stderr=subprocess.STDOUT, cwd=folder
        )

    def serving(self):
        """Itself, once all its ports take connections."""
        for port in self.ports.values():
            while not answers(port):
                self.check_alive()
                time.sleep(0.02)
        return self

    def check_alive(self):
        if self.process.poll() is not None or time.monotonic() > self.started + 60:
            self.stop()
            text = pathlib.Path(self.log.name).read_text(encoding="utf-8")
            sys.exit(f"{self.name} does not serve, see its log:\n{text[-3000:]}")

    def pids(self):
        found, parents = [], [self.process.pid]
        while parents:
            pid = parents.pop()
            found.append(pid)
            try:
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            parents += map(int, children.split())
        return found

    def cpu_seconds(self):
        ticks = 0
        for pid in self.pids():
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(stat[11]) + int(stat[12])
        return ticks / TICKS

    def resident_bytes(self):
        """Of all its processes; what they share counts once."""
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Direct:
    """The backend without a proxy: what it and the load take alone."""

    name = "direct"

    def __init__(self, backend):
        self.backend = backend
        self.ports = {kind: backend.ports[f"direct-{kind}"] for kind in ("ec", "rsa")}
        self.folder = backend.folder

    def cpu_seconds(self):
        return self.backend.cpu_seconds() + load_cpu_seconds()
