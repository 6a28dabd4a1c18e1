"""The command: what is asked for, in turns, and told."""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

from comparison import idle, machine, peers, rows, servers
from comparison.processes import CORES, LOAD_CORE, Direct, more_open_files
from comparison.report import Line, Report

PACKAGES = {
    "nginx": "nginx",
    "haproxy": "haproxy",
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "ab": "apache2-utils",
    "curl": "curl",
    "openssl": "openssl",
    "taskset": "util-linux",
}
RESULTS = servers.ROOT / "loadtest/results"


def main(description):
    options = arguments(description)
    require_tools({tool: package for tool, package in PACKAGES.items() if tool != "haproxy" or not options.build})
    measured = [row for row in [*rows.UNDER_LOAD, rows.AFTER_RUN, *rows.FRESH] if is_wanted(row, options)]
    if not measured:
        sys.exit(f"no row contains any of {options.rows}")
    idle_fits(options)
    builds = homes(options)
    of_tree = peers.of(options.peers)
    about = machine.describe(builds) | peers.versions(of_tree)
    # Whatever this process itself does is load.
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    with tempfile.TemporaryDirectory(prefix="sallyport-compare") as temporary:
        folder = pathlib.Path(temporary)
        pki = servers.certificates(folder)
        # Workers of nginx read what they serve in it. Until now, nobody else could read a key.
        os.chmod(folder, 0o755)
        backend = servers.backend(folder, pki)
        try:
            backend.serving()
            place = servers.Place(pki, backend.ports["mtls"])
            contenders = [] if options.build else [servers.nginx(place), servers.haproxy(place)]
            contenders += peers.contenders(of_tree, place)
            contenders += [servers.gateway(name, home, place) for name, home in builds.items()]
            lines = under_load(measured, contenders, backend, folder, options)
            lines += on_fresh_servers(measured, contenders, folder, options)
        finally:
            backend.stop()
    tell(Report([each.name for each in contenders], lines, against_nginx=not options.build), about, options)


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of every server (default 5)")
    parser.add_argument("--seconds", type=int, default=4, help="of each turn (default 4)")
    parser.add_argument("--warm-up", type=int, default=10, help="seconds of each row before it counts (default 10)")
    parser.add_argument("--rows", default="", help="only rows that contain one of these, by commas")
    parser.add_argument("--idle", type=int, default=10000, metavar="N", help="idle connections (default 10000)")
    parser.add_argument("--build", action="append", default=[], metavar="NAME=DIR",
                        help="compare these builds of the gateway in place of nginx, HAProxy and this one")  # fmt: skip
    parser.add_argument("--peers", metavar="DIR",
                        help="also compare nginx and HAProxy of this tree of another release of Debian")  # fmt: skip
    options = parser.parse_args()
    if min(options.rounds, options.seconds, options.warm_up, options.idle) < 1:
        parser.error("numbers start at 1")
    if options.idle > servers.CONNECTIONS - 1000:
        parser.error(f"--idle: at most {servers.CONNECTIONS - 1000}, which the servers are set up for")
    if any("=" not in each for each in options.build):
        parser.error("--build takes NAME=DIR")
    if options.build and options.peers:
        parser.error("--build compares builds alone: leave out --peers")
    return options


def homes(options):
    if not options.build:
        return {"sallyport": servers.ROOT}
    named = (each.split("=", 1) for each in options.build)
    return {name: pathlib.Path(home).resolve() for name, home in named}


def require_tools(wanted):
    missing = sorted({package for tool, package in wanted.items() if not shutil.which(tool)})
    if missing:
        sys.exit(f"missing: install {' '.join(missing)} (apt-get install {' '.join(missing)})")
    if len(CORES) < 2:
        print("only one core: server and load share it, and the figures mean little", file=sys.stderr)


def is_wanted(row, options):
    if row.name == rows.WITH_GC and not idle.can_collect():
        print(f"{row.name}: left out, there is no jcmd on the PATH", file=sys.stderr)
        return False
    return not options.rows or any(part in row.name for part in options.rows.split(","))


def idle_fits(options):
    """Fewer idle connections where this machine lets nobody open so many files."""
    files = more_open_files(servers.FILES)
    if files < options.idle + 1000:
        options.idle = max(files - 1000, 1)
        print(f"a process may open {files} files here: {options.idle} idle connections", file=sys.stderr)


def under_load(measured, contenders, backend, folder, options):
    loads = [row for row in measured if isinstance(row, rows.UnderLoad)]
    last = [row for row in measured if isinstance(row, rows.AfterRun)]
    if not loads:
        return []
    running, lines = [], []
    try:
        for contender in contenders:
            running.append(contender.start(folder).serving())
        everyone = [Direct(backend), *running]
        gateways = {each.name for each in contenders if each.is_gateway}
        for row in loads:
            for server in everyone:
                row.warm(server, options.warm_up if server.name in gateways else 1)
            values = {server.name: [] for server in everyone}
            for _ in range(options.rounds):
                for server in everyone:
                    values[server.name].append(row.turn(server, options.seconds))
            lines.append(told(Line(row, values)))
        for row in last:
            lines.append(told(Line(row, {each.name: [each.resident_bytes() / 1e6] for each in running})))
        return lines
    finally:
        for server in reversed(running):
            server.stop()


def on_fresh_servers(measured, contenders, folder, options):
    lines = []
    for row in measured:
        if isinstance(row, rows.Fresh):
            values = {each.name: [] for each in contenders if row.concerns(each)}
            for _ in range(min(options.rounds, row.most_rounds)):
                for contender in contenders:
                    if row.concerns(contender):
                        values[contender.name].append(row.work(contender, folder, options))
            lines.append(told(Line(row, values)))
    return lines


def told(line):
    """So that one sees how far it is."""
    medians = ", ".join(f"{name} {statistics.median(values):.2f}" for name, values in line.values.items())
    print(f"{line.row.name}: {medians} {line.row.unit}", file=sys.stderr, flush=True)
    return line


def tell(report, about, options):
    about["load after"] = " ".join(f"{each:.2f}" for each in os.getloadavg())
    settings = {key: getattr(options, key) for key in ("rounds", "seconds", "warm_up", "idle", "rows")}
    print(report.table())
    print()
    for key, value in {**about, **settings}.items():
        print(f"{key}: {value}")
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / ("builds" if options.build else "compare")
    whole = {"machine": about, "settings": settings, **report.as_json()}
    stem.with_suffix(".json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    title = f"{' / '.join(report.names)}, {about['date'][:10]}, {about['cpu']}"
    stem.with_suffix(".svg").write_text(report.svg(title), encoding="utf-8")
    print(f"written: {stem}.json, {stem}.svg")
