"""The load, by standard tools: each returns how much was done."""

import re
import sys

from comparison.processes import load


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        sys.exit(f"no figure {pattern!r} in:\n{text}")
    return float(found.group(1))


def keep_alive(server, seconds):
    """Requests on 64 connections that stay."""
    text = load("wrk", "-t1", "-c64", f"-d{seconds}s", f"https://127.0.0.1:{server.ports['ec']}/1k")
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"{server.name}: {text}")
    return number(r"(\d+) requests in", text)


def http2(server, seconds):
    """Requests over HTTP/2, 16 at a time on each of 8 connections."""
    text = load(
        "h2load", "-t1", "-c8", "-m16", "-D", seconds, "--connect-to", f"127.0.0.1:{server.ports['ec']}",
        f"https://localhost:{server.ports['ec']}/1k",
    )  # fmt: skip
    if number(r"(\d+) failed", text) > 0:
        sys.exit(f"{server.name}: {text}")
    return number(r"requests: \d+ total, \d+ started, \d+ done, (\d+) succeeded", text)


# s_time would ask by HTTP/1.0 without Host, which only lenient servers forward: the target that it is
# given brings the rest of a request with it, and what s_time adds becomes the value of a last field.
GET = "/1k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-End:"


def handshakes(server, seconds, *options, kind="ec", get=True):
    """Connections, one after the other."""
    more = ["-www", GET] if get else []
    text = load(
        "openssl", "s_time", "-connect", f"127.0.0.1:{server.ports[kind]}", "-time", seconds, *options, *more,
        check=False,
    )  # fmt: skip
    if get and number(r"(\d+) bytes read per connection", text) < 1024:
        sys.exit(f"{server.name} did not send what it was asked for:\n{text}")
    return number(r"(\d+) connections in \d+ real seconds", text)


def transfer(server, upload):
    """Gigabytes, in one direction."""
    url = f"https://127.0.0.1:{server.ports['ec']}/" + ("upload" if upload else "100m")
    large = server.folder / "large"
    if upload and not large.exists():
        with open(large, "wb") as file:
            file.truncate(100 * 1024 * 1024)
    rounds = 5
    for _ in range(rounds):
        more = ["-T", large, "-H", "Expect:"] if upload else []
        code = load("curl", "-sk", "--http1.1", "-o", "/dev/null", "-w", "%{http_code}", *more, url)
        if code != "200":
            sys.exit(f"{server.name}: {url} gave {code}")
    return rounds / 10


def with_nagle(server, seconds, clients=32):
    """New connections a second. ab leaves Nagle's algorithm on: its request goes out behind the
    Finished of its handshake only once that is acknowledged."""
    text = load(
        "ab", "-q", "-t", seconds, "-n", 10_000_000, "-c", clients, "-f", "TLS1.3",
        f"https://127.0.0.1:{server.ports['ec']}/1k",
    )  # fmt: skip
    if number(r"Failed requests:\s+(\d+)", text) > 0 or "Non-2xx" in text:
        sys.exit(f"{server.name}: {text}")
    return number(r"Requests per second:\s+([\d.]+)", text)
