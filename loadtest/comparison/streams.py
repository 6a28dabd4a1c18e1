"""The load of the ways to a legacy service, by standard tools: each returns how much was done.

A relay of TCP does not know what it carries. Here it carries HTTP, for which there are generators and a backend.
"""

import re
import sys

from comparison import idle
from comparison.generators import GET, number
from comparison.processes import load

CLIENTS = 32
PGBENCH = ("pgbench", "-n", "-S", "-c8", "-j1", "-Ulegacy", "-hlocalhost")


def messages(server, seconds):
    """Questions of 100 bytes with answers of 1 KB, one after the other on each of the connections that stay."""
    return asked(server, seconds, "-k")


def connections(server, seconds):
    """Connections, each with one question."""
    if server.is_plain:
        return asked(server, seconds)
    text = load(
        "openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-time", seconds, "-new", "-tls1_3",
        "-cert", server.pki / "caller-both.pem", "-www", GET, check=False,
    )  # fmt: skip
    if number(r"(\d+) bytes read per connection", text) < 1024:
        sys.exit(f"{server.name} did not send what it was asked for:\n{text}")
    return number(r"(\d+) connections in \d+ real seconds", text)


def asked(server, seconds, *options):
    tls = () if server.is_plain else ("-f", "TLS1.3", "-E", server.pki / "caller-both.pem")
    text = load(
        "ab", "-q", "-t", seconds, "-n", 1_000_000, "-c", CLIENTS, *options, *tls, f"{server.url}/1k",
    )  # fmt: skip
    if number(r"Failed requests:\s+(\d+)", text) > 0 or "Non-2xx" in text:
        sys.exit(f"{server.name}: {text}")
    return number(r"Complete requests:\s+(\d+)", text)


def transfer(server, _seconds):
    """Gigabytes to the client: five times 100 MB."""
    rounds = 5
    tls = () if server.is_plain else ("-E", server.pki / "caller-both.pem")
    for _ in range(rounds):
        code = load("curl", "-sSk", "--http1.1", "--no-alpn", "-o", "/dev/null", "-w", "%{http_code}", *tls, f"{server.url}/100m")
        if code != "200":
            sys.exit(f"{server.name}: {server.url}/100m gave {code}")
    return rounds / 10


def transactions(server, seconds):
    """Transactions of one SELECT, prepared, on 8 sessions."""
    return pgbench(server, "-Mprepared", f"-T{seconds}")


def sessions(server, seconds):
    """Sessions with one SELECT each."""
    return pgbench(server, "-C", f"-T{seconds}")


def pgbench(server, *options):
    text = load(*PGBENCH, f"-p{server.port}", *options, server.database, env=server.client_environment)
    if re.search(r"number of failed transactions: [1-9]|aborted", text):
        sys.exit(f"{server.name}: {text}")
    return number(r"number of transactions actually processed: (\d+)", text)


def held(server, connections):
    """Connections that have been asked on once, and stay."""
    how = "plain" if server.is_plain else server.pki / "caller-both.pem"
    return idle.held(server.name, server.port, connections, how)
