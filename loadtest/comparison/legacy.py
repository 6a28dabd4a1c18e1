"""The command: way by way, in turns, and told."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from comparison import database, machine, servers, streams, ways
from comparison.command import RESULTS, require_tools, told
from comparison.processes import LOAD_CORE, SERVER_CORE, more_open_files
from comparison.report import Line, Report
from comparison.rows import Cost, Fresh

TOOLS = {
    "stunnel": "stunnel4", "haproxy": "haproxy", "nginx": "nginx", "ab": "apache2-utils", "curl": "curl",
    "openssl": "openssl", "taskset": "util-linux",
}  # fmt: skip
MESSAGE = Cost("message of 100 B, answer of 1 KB", "µs", streams.messages, None)
CONNECTION = Cost("connection with one message", "µs", streams.connections, None)
TRANSFER = Cost("100 MB to the client", "ms/GB", streams.transfer, None, scale=1e3)
TRANSACTION = Cost("transaction of one SELECT", "µs", streams.transactions, None)
SESSION = Cost("session with one SELECT", "µs", streams.sessions, None)
AT_REST = Fresh("memory at rest", "MB", lambda who, folder, options: at_rest(who, folder), None)
OPEN = Fresh("memory of an open connection", "KB", lambda who, folder, options: for_each(who, folder, options), None)


def main(description):
    options = arguments(description)
    require_tools(TOOLS)
    about = machine.describe({"sallyport": servers.ROOT})
    about["stunnel"] = stunnel_version()
    more_open_files(servers.FILES)
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    whole = {}
    with tempfile.TemporaryDirectory(prefix="sallyport-legacy") as temporary:
        folder = pathlib.Path(temporary)
        pki = servers.certificates(folder)
        ways.certificates(pki)
        os.chmod(folder, 0o755)
        backend = servers.backend(folder, pki)
        data = database.Database(folder, pki) if database.programs() and wanted("PostgreSQL", options) else None
        try:
            backend.serving()
            service = ways.Service(pki, backend.ports["plain"], backend.ports["mtls"], data and data.port)
            for title, contenders, rows in of(service):
                if wanted(title, options):
                    whole[title] = compared(title, contenders, rows, folder, options)
        finally:
            backend.stop()
            if data:
                data.stop()
    if not whole:
        sys.exit(f"no way contains any of {options.ways}")
    tell(whole, about, options)


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of every server (default 5)")
    parser.add_argument("--seconds", type=int, default=4, help="of each turn (default 4)")
    parser.add_argument("--warm-up", type=int, default=20, help="seconds of each row before it counts (default 20)")
    parser.add_argument("--ways", default="", help="only ways that contain one of these, by commas")
    parser.add_argument("--open", type=int, default=1000, metavar="N", help="open connections (default 1000)")
    options = parser.parse_args()
    if min(options.rounds, options.seconds, options.warm_up, options.open) < 1:
        parser.error("numbers start at 1")
    return options


def wanted(title, options):
    return not options.ways or any(part in title for part in options.ways.split(","))


def of(service):
    """The ways: a title, who can be one, and what is measured."""
    home = servers.ROOT
    relayed = (MESSAGE, CONNECTION, TRANSFER, AT_REST, OPEN)
    yield "TCP stream, TLS on both sides", [
        ways.stunnel(service, accept_tls=True, connect=None),
        ways.haproxy(service, accept_tls=True, connect=None),
        ways.gateway(
            service, home, f"{ways.tls_in(service)}\n    forward-to = legacy", ways.tls_out(service, service.tls)
        ),
    ], relayed
    yield "sidecar, TCP", [
        ways.stunnel(service, accept_tls=True, connect=service.plain),
        ways.haproxy(service, accept_tls=True, connect=service.plain),
        ways.sidecar(service, home, "--tcp"),
    ], relayed
    yield "sidecar, HTTP", [
        ways.haproxy(service, accept_tls=True, connect=service.plain, mode="http"),
        ways.sidecar(service, home),
    ], relayed
    yield "client mode, TCP", [
        ways.stunnel(service, accept_tls=False, connect=None),
        ways.haproxy(service, accept_tls=False, connect=None),
        ways.gateway(
            service, home, "plain = local\n    forward-to = legacy", ways.tls_out(service, service.tls), plain=True
        ),
    ], relayed
    if service.database:
        yield "PostgreSQL, TLS on both sides", [
            ways.with_database(ways.stunnel(service, accept_tls=True, connect=None, protocol="pgsql")),
            ways.with_database(ways.gateway(
                service, home, f"protocol = postgres\n    {ways.tls_in(service)}\n    forward-to = legacy",
                ways.tls_out(service, service.database),
            )),
        ], (TRANSACTION, SESSION)  # fmt: skip


def compared(title, contenders, rows, folder, options):
    print(f"== {title}", file=sys.stderr, flush=True)
    running, lines = [], []
    try:
        running += [each.start(folder, SERVER_CORE) for each in contenders]
        gateways = {each.name for each in contenders if each.is_gateway}
        for row in rows:
            if isinstance(row, Cost):
                for server in running:
                    row.warm(server, options.warm_up if server.name in gateways else 1)
                values = {server.name: [] for server in running}
                for _ in range(options.rounds):
                    for server in running:
                        values[server.name].append(row.turn(server, options.seconds))
                lines.append(told(Line(row, values)))
    finally:
        for server in reversed(running):
            server.stop()
    for row in rows:
        if isinstance(row, Fresh):
            lines.append(told(Line(row, {each.name: [row.work(each, folder, options)] for each in contenders})))
    return Report([each.name for each in contenders], lines, against_nginx=False)


# ---- memory


def at_rest(contender, folder):
    """Megabytes that are resident when a fresh server has answered a few questions."""
    server = contender.start(folder, SERVER_CORE)
    try:
        streams.messages(server, 1)
        time.sleep(2)
        return server.resident_bytes() / 1e6
    finally:
        server.stop()


def for_each(contender, folder, options):
    """Kilobytes for each of the connections that were asked on once and stay."""
    server = contender.start(folder, SERVER_CORE)
    try:
        streams.messages(server, 5)
        time.sleep(2)
        before = server.resident_bytes()
        with streams.held(server, options.open):
            time.sleep(2)
            return (server.resident_bytes() - before) / options.open / 1e3
    finally:
        server.stop()


# ---- what is said


def stunnel_version():
    said = subprocess.run(["stunnel", "-version"], capture_output=True, text=True, check=False)
    return next(line for line in (said.stderr + said.stdout).splitlines() if line.startswith("stunnel"))


def tell(whole, about, options):
    about["load after"] = " ".join(f"{each:.2f}" for each in os.getloadavg())
    settings = {key: getattr(options, key) for key in ("rounds", "seconds", "warm_up", "open", "ways")}
    for title, report in whole.items():
        print(f"\n{title}\n\n{report.table()}")
    print()
    for key, value in {**about, **settings}.items():
        print(f"{key}: {value}")
    RESULTS.mkdir(exist_ok=True)
    written = RESULTS / "legacy.json"
    written.write_text(
        json.dumps(
            {"machine": about, "settings": settings, "ways": {title: each.as_json() for title, each in whole.items()}},
            indent=1,
            ensure_ascii=False,
        )
        + "\n",
        encoding="utf-8",
    )
    print(f"written: {written}")
