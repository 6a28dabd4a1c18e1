"""Ways to a legacy service, and who can be one: with the same certificates, and callers verified."""

import dataclasses
import pathlib

from comparison import database
from comparison.processes import Server, free_port, run
from comparison.servers import SUITES, file_name

CALLER = "caller.example"


@dataclasses.dataclass(frozen=True)
class Service:
    """What stands behind: ports of the same service, plain and under mutual TLS."""

    pki: pathlib.Path
    plain: int
    tls: int
    database: int | None = None


@dataclasses.dataclass(frozen=True)
class Contender:
    """Someone who can be a way: starts in a folder of its own, on the given core."""

    name: str
    begin: object
    is_gateway: bool = False

    def start(self, folder, core):
        number = 1
        while (home := folder / f"{file_name(self.name)}-{number}").exists():
            number += 1
        home.mkdir()
        return self.begin(home, core).serving()


def certificates(pki):
    """A caller whose certificate has a name, and its authority; no tool of the gateway is asked for them."""
    run(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
        "-subj", "/CN=callers", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
        "-keyout", pki / "callers.key", "-out", pki / "callers.pem",
    )  # fmt: skip
    extensions = pki / "caller.ext"
    extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\nsubjectAltName=DNS:{CALLER}\n")
    run(
        "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=legacy",
        "-keyout", pki / "caller.key", "-out", pki / "caller.csr",
    )  # fmt: skip
    run(
        "openssl", "x509", "-req", "-in", pki / "caller.csr", "-CA", pki / "callers.pem", "-CAkey", pki / "callers.key",
        "-days", "29", "-extfile", extensions, "-out", pki / "caller.pem",
    )  # fmt: skip
    for name in ("caller", "backend"):
        both = pki / f"{name}-both.pem"
        both.write_text((pki / f"{name}.pem").read_text() + (pki / f"{name}.key").read_text())
        both.chmod(0o600)
    (pki / "caller.key").chmod(0o600)


def served(name, command, port, service, folder, core, *, plain=False):
    server = Server(name, command, {"front": port}, folder, core)
    server.port, server.pki, server.is_plain = port, service.pki, plain
    server.url = f"{'http' if plain else 'https'}://127.0.0.1:{port}"
    return server


# ---- stunnel: each service of it does TLS on one side; two of them, in one process, do both


def stunnel(service, *, accept_tls, connect, protocol=""):
    """:param connect: a plain port, or None for TLS to the service"""

    def begin(folder, core):
        front, middle = free_port(), free_port()
        to = service.database if protocol else service.tls
        said = f"protocol = {protocol}\n" if protocol else ""
        parts = []
        if accept_tls:
            parts.append(f"""
[in]
accept = 127.0.0.1:{front}
connect = 127.0.0.1:{connect or middle}
cert = {service.pki}/server-both.pem
CAfile = {service.pki}/callers.pem
verifyChain = yes
{said}""")
        if connect is None:
            parts.append(f"""
[out]
client = yes
accept = 127.0.0.1:{middle if accept_tls else front}
connect = 127.0.0.1:{to}
cert = {service.pki}/client-both.pem
CAfile = {service.pki}/backend-ca.pem
verifyChain = yes
checkHost = legacy.internal
sni = legacy.internal
{said}""")
        config = folder / "stunnel.conf"
        config.write_text(
            "foreground = yes\nsyslog = no\npid =\ndebug = notice\nsslVersionMin = TLSv1.2\n"
            f"ciphers = {SUITES}\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n" + "".join(parts)
        )
        return served("stunnel", ["stunnel", config], front, service, folder, core, plain=not accept_tls)

    return Contender("stunnel", begin)


# ---- HAProxy


def haproxy(service, *, accept_tls, connect, mode="tcp"):
    def begin(folder, core):
        front = free_port()
        tls_in = (
            f"ssl crt {service.pki}/server-both.pem ca-file {service.pki}/callers.pem verify required"
            " ssl-min-ver TLSv1.2"
        )
        tls_out = (
            f"ssl verify required ca-file {service.pki}/backend-ca.pem crt {service.pki}/client-both.pem"
            " sni str(legacy.internal) verifyhost legacy.internal"
        )
        config = folder / "haproxy.cfg"
        config.write_text(f"""
global
  nbthread 1
  log stdout format raw local0
  ssl-default-bind-ciphers {SUITES}
  ssl-default-bind-curves X25519:P-256
defaults
  mode {mode}
  log global
  option {mode}log
  timeout connect 5s
  timeout client 10m
  timeout server 10m
frontend in
  bind 127.0.0.1:{front} {tls_in if accept_tls else ""}
  default_backend legacy
backend legacy
  server one 127.0.0.1:{connect or service.tls} {"" if connect else tls_out}
""")
        return served("haproxy", ["haproxy", "-db", "-f", config], front, service, folder, core, plain=not accept_tls)

    return Contender("haproxy", begin)


# ---- the gateway


def gateway(service, home, listener, backend, *, plain=False, name="sallyport"):
    """:param listener: what stands in the listener beside bind; backend: what stands in the backend"""

    def begin(folder, core):
        front = free_port()
        config = folder / "gateway.conf"
        config.write_text(f"""gateway {{
  listeners.in {{
    bind = "127.0.0.1:{front}"
    {listener}
    limits {{ max-connections = 20000, new-connections {{ per-second = 0 }}
      per-source {{ max-connections = 20000, new-connections {{ per-second = 0 }} }} }}
  }}
  backends.legacy {{ {backend} }}
  admin.bind = "127.0.0.1:0"
  lame-duck = 0s
  runtime.workers = 1
}}
""")
        return served(name, [home / "bin/sallyport", "run", "-c", config], front, service, folder, core, plain=plain)

    return Contender(name, begin, is_gateway=True)


def sidecar(service, home, *options):
    """The sidecar as it is started on a host, with its own small heap."""

    def begin(folder, core):
        front = free_port()
        command = [
            home / "bin/sallyport", "sidecar", "--listen", f"127.0.0.1:{front}", "--to", f"127.0.0.1:{service.plain}",
            "--certificate", service.pki / "server.pem", "--key", service.pki / "server.key",
            "--trust", service.pki / "callers.pem", "--allow", CALLER, *options,
        ]  # fmt: skip
        return served("sallyport", command, front, service, folder, core)

    return Contender("sallyport", begin, is_gateway=True)


def tls_in(service):
    return f"""tls {{
      certificates = [ {{ chain = "{service.pki}/server.pem", key = "{service.pki}/server.key" }} ]
      client-auth {{ mode = required, trust = "{service.pki}/callers.pem" }}
    }}"""


def tls_out(service, port):
    return f"""endpoints = [ "127.0.0.1:{port}" ]
    tls {{
      trust = "{service.pki}/backend-ca.pem"
      certificate {{ chain = "{service.pki}/client.pem", key = "{service.pki}/client.key" }}
      server-name = legacy.internal
    }}
    limits.max-requests = 20000"""


def with_database(contender):
    """What the load tools of PostgreSQL ask of a server beside its port."""

    def begin(folder, core):
        server = contender.begin(folder, core)
        server.database = database.DATABASE
        server.client_environment = database.client_environment(server.pki, "ca.pem")
        return server

    return dataclasses.replace(contender, begin=begin)
