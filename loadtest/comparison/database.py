"""A PostgreSQL of its own, which takes TLS with a client certificate alone."""

import os
import pathlib
import pwd
import shutil
import time

from comparison.processes import LOAD_CORE, Server, free_port, run

ROLE, DATABASE, PASSWORD = "legacy", "patients", "not a secret"  # noqa: S105 - of a server that lives a minute


def programs():
    """The folder of the newest release that is installed, or None."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found and shutil.which("pgbench") else None


def as_owner(*command):
    """PostgreSQL does not run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


class Database:
    """:param pki: with backend.pem, backend.key and backend-ca.pem"""

    def __init__(self, folder, pki):
        home = folder / "database"
        home.mkdir()
        self.bin, self.port, self.home = programs(), free_port(), home
        for name in ("backend.pem", "backend.key", "backend-ca.pem"):
            shutil.copy(pki / name, home / name)
            (home / name).chmod(0o600)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            for path in (home, *home.iterdir()):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        password = home / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        run(
            *as_owner(self.bin / "initdb", "-D", home / "data", "-A", "scram-sha-256", "-U", ROLE,
                      "--pwfile", password, "--no-sync"),
            cwd=home,
        )  # fmt: skip
        (home / "data/pg_hba.conf").write_text(
            "local all all trust\nhostssl all all 127.0.0.0/8 scram-sha-256 clientcert=verify-ca\n"
        )
        self.server = Server(
            "database",
            as_owner(
                self.bin / "postgres", "-D", home / "data", "-p", self.port, "-k", home, "-h", "127.0.0.1",
                "-c", "fsync=off", "-c", "ssl=on", "-c", f"ssl_cert_file={home}/backend.pem",
                "-c", f"ssl_key_file={home}/backend.key", "-c", f"ssl_ca_file={home}/backend-ca.pem",
                "-c", "max_connections=200", "-c", "log_connections=off",
            ),
            {"front": self.port}, home, LOAD_CORE,
        )  # fmt: skip
        self.server.serving()
        local = ["-h", home, "-p", self.port, "-U", ROLE]
        until = time.monotonic() + 30
        while "accepting" not in run(self.bin / "pg_isready", *local, check=False) and time.monotonic() < until:
            time.sleep(0.05)
        run(*as_owner(self.bin / "createdb", *local, DATABASE), cwd=home)
        run(*as_owner("pgbench", "-i", "-q", *local, DATABASE), cwd=home)

    def stop(self):
        self.server.stop()


def client_environment(pki, root):
    """How a client of libpq is told what to verify, what to show, and what to say."""
    return {
        **os.environ, "PGPASSWORD": PASSWORD, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": str(pki / root),
        "PGSSLCERT": str(pki / "caller.pem"), "PGSSLKEY": str(pki / "caller.key"), "PGCHANNELBINDING": "disable",
        "PGHOSTADDR": "127.0.0.1",
    }  # fmt: skip
