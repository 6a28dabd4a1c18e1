"""The servers: certificates, the backend, and in front of it whoever is compared."""

import dataclasses
import os
import pathlib
from collections.abc import Callable

from comparison.processes import LOAD_CORE, SERVER_CORE, Server, free_port, run

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SUITES = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
# Every server has a front for each kind of key: what its files are called.
FRONTS = {"ec": "server", "rsa": "rsa"}
# Of clients, so that 10,000 may be idle, and of open files, which each connection to the backend is too.
CONNECTIONS, FILES = 16000, 18000


@dataclasses.dataclass(frozen=True)
class Place:
    """Where the servers find what they share."""

    pki: pathlib.Path
    backend: int


@dataclasses.dataclass(frozen=True)
class Contender:
    """Someone to compare: starts in a folder of its own, on the given cores."""

    name: str
    begin: Callable[[pathlib.Path, str], Server]
    is_gateway: bool = False

    def start(self, folder, core=SERVER_CORE):
        home = folder / file_name(self.name)
        number = 2
        while home.exists():
            home = folder / f"{file_name(self.name)}-{number}"
            number += 1
        home.mkdir()
        return self.begin(home, core)


def file_name(name):
    """Without spaces, which end a path in a configuration."""
    return name.replace(" ", "-")


def front_ports():
    return {kind: free_port() for kind in FRONTS}


def certificates(folder, rsa_bits=2048):
    pki = folder / "pki"
    run(ROOT / "bin/sallyport", "pki", pki)
    # The same front on an RSA key: self-signed, which the generators do not mind.
    run(
        "openssl", "req", "-x509", "-newkey", f"rsa:{rsa_bits}", "-nodes", "-days", "30",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
        "-addext", "extendedKeyUsage=serverAuth", "-addext", "basicConstraints=critical,CA:FALSE",
        "-keyout", pki / "rsa.key", "-out", pki / "rsa.pem",
    )  # fmt: skip
    for name in (*FRONTS.values(), "client"):
        pair = (pki / f"{name}.pem").read_text() + (pki / f"{name}.key").read_text()
        (pki / f"{name}-both.pem").write_text(pair)
    for path in pki.iterdir():
        # nginx's workers may run as another user, but its master reads keys before, as root.
        os.chmod(path, 0o600)
    return pki


NGINX = """
daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.err warn;
events {{ worker_connections {connections}; }}
worker_rlimit_nofile {files};
http {{
  access_log {folder}/{name}.access; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  keepalive_timeout 10m;
  client_max_body_size 1g; client_body_temp_path {folder}/{name}.body;
  proxy_temp_path {folder}/{name}.proxy; fastcgi_temp_path {folder}/{name}.f;
  uwsgi_temp_path {folder}/{name}.u; scgi_temp_path {folder}/{name}.s;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers {suites}; ssl_ecdh_curve X25519:P-256;
  ssl_session_cache shared:{name}:10m; ssl_session_timeout 1d; ssl_session_tickets on;
  {servers}
}}
"""


def start_nginx(name, folder, servers, ports, core, command=("nginx",)):
    file = file_name(name)
    config = folder / f"{file}.conf"
    config.write_text(
        NGINX.format(
            folder=folder, name=file, suites=SUITES, servers=servers, connections=CONNECTIONS, files=FILES
        )
    )
    return Server(name, [*command, "-e", folder / f"{file}.err", "-c", config], ports, folder, core)


def backend(folder, pki):
    """Demands a client certificate at its port; at "direct-..." and "plain" it serves what it serves to anybody."""
    ports = {"mtls": free_port(), "plain": free_port()} | {f"direct-{kind}": port for kind, port in front_ports().items()}
    content = folder / "content"
    content.mkdir()
    (content / "1k").write_bytes(b"x" * 1024)
    with open(content / "100m", "wb") as large:
        large.truncate(100 * 1024 * 1024)
    same = f"""access_log off; root {content};
    # Read to its end, and only then answered.
    location = /upload {{ client_body_buffer_size 1m; proxy_request_buffering on;
      proxy_pass_request_body off; proxy_set_header Content-Length "";
      proxy_pass http://unix:{folder}/sink.sock; }}"""
    servers = f"""
  server {{
    listen 127.0.0.1:{ports["mtls"]} ssl backlog=4096; server_name legacy.internal;
    ssl_certificate {pki}/backend.pem; ssl_certificate_key {pki}/backend.key;
    ssl_client_certificate {pki}/backend-ca.pem; ssl_verify_client on;
    {same}
  }}
  server {{ listen 127.0.0.1:{ports["plain"]} backlog=4096; {same} }}
  server {{ listen unix:{folder}/sink.sock; access_log off; location / {{ return 200 "ok"; }} }}"""
    for kind, files in FRONTS.items():
        servers += f"""
  server {{
    listen 127.0.0.1:{ports[f"direct-{kind}"]} ssl http2 backlog=4096; server_name localhost;
    ssl_certificate {pki}/{files}.pem; ssl_certificate_key {pki}/{files}.key;
    {same}
  }}"""
    return start_nginx("backend", folder, servers, ports, LOAD_CORE)


def nginx(place, name="nginx", command=("nginx",)):
    """:param command: what starts it, before its options"""

    def begin(folder, core):
        ports = front_ports()
        servers = (
            f"upstream legacy {{ server 127.0.0.1:{place.backend}; keepalive 1024; keepalive_requests 100000000; }}\n"
        )
        for kind, port in ports.items():
            servers += f"""
  server {{
    listen 127.0.0.1:{port} ssl http2 backlog=4096; server_name localhost;
    ssl_certificate {place.pki}/{FRONTS[kind]}.pem; ssl_certificate_key {place.pki}/{FRONTS[kind]}.key;
    add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;
    location / {{
      proxy_pass https://legacy; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_ssl_certificate {place.pki}/client.pem; proxy_ssl_certificate_key {place.pki}/client.key;
      proxy_ssl_trusted_certificate {place.pki}/backend-ca.pem; proxy_ssl_verify on;
      proxy_ssl_name legacy.internal; proxy_ssl_server_name on; proxy_ssl_session_reuse on;
      proxy_request_buffering off; proxy_buffering on;
    }}
  }}"""
        return start_nginx(name, folder, servers, ports, core, command)

    return Contender(name, begin)


def haproxy(place, name="haproxy", command=("haproxy",)):
    """:param command: what starts it, before its options"""

    def begin(folder, core):
        ports = front_ports()
        config = folder / "haproxy.cfg"
        fronts = "".join(
            f"""
frontend {kind}
  bind 127.0.0.1:{port} ssl crt {place.pki}/{FRONTS[kind]}-both.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2
  http-response set-header Strict-Transport-Security "max-age=31536000; includeSubDomains"
  option forwardfor
  default_backend legacy
"""
            for kind, port in ports.items()
        )
        # It wants two files a client, which none of our clients makes it open.
        config.write_text(
            f"""
global
  nbthread 1
  maxconn {CONNECTIONS}
  no strict-limits
  log stdout format raw local0
  ssl-default-bind-ciphers {SUITES}
  ssl-default-bind-curves X25519:P-256
  tune.ssl.cachesize 20000
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 10m
  timeout server 60s
{fronts}
backend legacy
  http-reuse always
  server one 127.0.0.1:{place.backend} ssl verify required ca-file {place.pki}/backend-ca.pem crt {place.pki}/client-both.pem sni str(legacy.internal) verifyhost legacy.internal
"""
        )
        return Server(name, [*command, "-db", "-f", config], ports, folder, core)

    return Contender(name, begin)


def gateway(name, home, place, tls=""):
    """:param tls: what else stands in the listeners' tls"""

    def begin(folder, core):
        ports = front_ports()
        limits = (
            "max-connections = 20000, max-body = 1GiB, max-requests-per-connection = 1000000000,"
            " keep-alive-timeout = 10m"
        )
        if knows(home, "per-source"):
            limits += """,
        new-connections { per-second = 0 }
        per-source { max-connections = 20000, new-connections { per-second = 0 } }"""
        listeners = "\n".join(
            f"""    {kind} {{
      bind = "127.0.0.1:{port}"
      tls {{
        certificates = [ {{ chain = "{place.pki}/{FRONTS[kind]}.pem", key = "{place.pki}/{FRONTS[kind]}.key" }} ]
        {tls}
      }}
      limits {{ {limits} }}
    }}"""
            for kind, port in ports.items()
        )
        config = folder / f"{name}.conf"
        config.write_text(
            f"""gateway {{
  listeners {{
{listeners}
  }}
  routes = [ {{ backend = legacy }} ]
  backends.legacy {{
    endpoints = [ "127.0.0.1:{place.backend}" ]
    tls {{
      trust = "{place.pki}/backend-ca.pem"
      certificate {{ chain = "{place.pki}/client.pem", key = "{place.pki}/client.key" }}
      server-name = legacy.internal
    }}
  }}
  admin.bind = "127.0.0.1:0"
  {"lame-duck = 0s" if knows(home, "lame-duck") else ""}
  runtime.workers = 1
}}
"""
        )
        return Server(name, [home / "bin/sallyport", "run", "-c", config], ports, folder, core)

    return Contender(name, begin, is_gateway=True)


def knows(home, key):
    """Whether this build has a setting; older ones refuse it."""
    return key in (home / "src/main/resources/reference.conf").read_text(encoding="utf-8")
