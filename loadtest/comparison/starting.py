"""What a start costs: until the first answer, and while the server is still cold."""

import socket
import ssl
import time

from comparison.generators import keep_alive
from comparison.processes import SERVER_CORE, cpu_seconds_for_each

REQUEST = b"GET /1k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
COLD_SECONDS = 10


def to_first_answer(contender, folder, core=SERVER_CORE):
    """Seconds from the start of the process to the first 200 through it."""
    server = contender.start(folder, core)
    try:
        wait_for_answer(server)
        return time.monotonic() - server.started
    finally:
        server.stop()


def cold_to_warm(contender, folder, warm_up):
    """CPU time of a request in the first ten seconds from the first answer on, to that when warm."""
    server = contender.start(folder)
    try:
        wait_for_answer(server)
        cold = cpu_of_request(server)
        keep_alive(server, warm_up)
        return cold / cpu_of_request(server)
    finally:
        server.stop()


def cpu_of_request(server):
    return cpu_seconds_for_each(server, lambda: keep_alive(server, COLD_SECONDS))


def wait_for_answer(server):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    while not gives_200(context, server.ports["ec"]):
        server.check_alive()
        time.sleep(0.001)


def gives_200(context, port):
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(REQUEST)
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False
