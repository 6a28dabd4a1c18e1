"""Idle TLS connections, held by a process of its own: what a server has resident for each.

Run as a program: idle.py PORT N [CERTIFICATE|plain] opens N connections, shows that certificate or speaks no TLS,
asks once on each, says "open", and holds them until its input ends. Then it says how many of them the server had
closed meanwhile.
"""

import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
import time

if __name__ != "__main__":
    from comparison.generators import handshakes
    from comparison.processes import LOAD_CORE, run

WARM_UP_SECONDS = 5
REQUEST = b"GET /1k HTTP/1.1\r\nHost: localhost\r\n\r\n"


def per_connection(contender, folder, connections, collect):
    """Bytes that a fresh server has resident for an idle connection, when it has served a few that are
    gone: one at a time, so that nothing is kept from them for the many.

    :param collect: whether a JVM collects its garbage in full before each of the two looks
    """
    server = contender.start(folder).serving()
    try:
        handshakes(server, WARM_UP_SECONDS, "-new", "-tls1_3")
        before = settled(server, collect)
        with held(server.name, server.ports["ec"], connections):
            after = settled(server, collect)
        return (after - before) / connections
    finally:
        server.stop()


def settled(server, collect):
    if collect:
        run("jcmd", server.process.pid, "GC.run")
    time.sleep(2)
    return server.resident_bytes()


def can_collect():
    return shutil.which("jcmd") is not None


@contextlib.contextmanager
def held(name, port, connections, *how):
    """:param how: a client's certificate with its key, or plain"""
    client = subprocess.Popen(
        ["taskset", "-c", LOAD_CORE, sys.executable, __file__, str(port), str(connections), *map(str, how)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        if client.stdout.readline().strip() != "open":
            client.wait()
            sys.exit(f"{name}: {connections} connections could not be opened, see above")
        yield
        client.stdin.close()
        lost = client.stdout.readline().strip()
        if lost != "closed 0":
            sys.exit(f"{name}: idle connections did not stay open: {lost or 'no answer'}")
    finally:
        client.kill()
        client.wait()
        client.stdout.close()


# ---- the program


def open_one(context, port, index):
    # Ports of one address would do for most machines' settings, but not for all.
    plain = socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(f"127.0.0.{1 + index % 8}", 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = context.wrap_socket(plain, server_hostname="localhost") if context else plain
    connection.sendall(REQUEST)
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(65536)
        if not more:
            raise OSError(f"closed after {head!r}")
        head += more
    head, body = head.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 200"):
        raise OSError(f"not 200: {head!r}")
    left = 1024 - len(body)
    while left > 0:
        left -= len(connection.recv(left))
    return connection


def is_closed(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except (ssl.SSLWantReadError, BlockingIOError):
        return False
    except OSError:
        return True


def tls(how=None):
    """Nothing of the server is verified: it is the server whose memory is looked at."""
    if how == "plain":
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if how:
        context.load_cert_chain(how)
    return context


def main():
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    context = tls(*sys.argv[3:])
    opened = [open_one(context, port, index) for index in range(connections)]
    print("open", flush=True)
    sys.stdin.read()
    print(f"closed {sum(map(is_closed, opened))}", flush=True)


if __name__ == "__main__":
    main()
