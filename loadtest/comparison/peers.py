"""nginx and HAProxy of another release of Debian: its files in a folder, its programs run by its own loader."""

import dataclasses
import pathlib
import platform
import re
import sys

from comparison import servers
from comparison.processes import run

# By machine: the loader of the tree, and the folder of libraries. A merged /usr has both names.
LOADERS = {
    "x86_64": ("lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu"),
    "aarch64": ("lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu"),
}
PROGRAMS = {"nginx": "usr/sbin/nginx", "haproxy": "usr/sbin/haproxy"}
# What each says of itself: where its version and that of OpenSSL stand.
VERSIONS = {
    "nginx": ("-V", r"nginx version: \S+?/([\d.]+)", r"(?:running with|built with) (\S+ [\w.]+)"),
    "haproxy": ("-vv", r"HAProxy version ([\d.]+)", r"Running on (?:OpenSSL|SSL library) version : (\S+ [\w.]+)"),
}


@dataclasses.dataclass(frozen=True)
class Peer:
    """A server of the tree: what it is called, the command that starts it, and its versions."""

    name: str
    command: tuple
    versions: str


def of(tree):
    """The servers of a tree, by kind; none without a tree."""
    if not tree:
        return {}
    folder = pathlib.Path(tree).resolve()
    if platform.machine() not in LOADERS:
        sys.exit(f"--peers: not on {platform.machine()}, only on {' and '.join(LOADERS)}")
    loader, libraries = LOADERS[platform.machine()]
    missing = [str(folder / each) for each in (loader, *PROGRAMS.values()) if not (folder / each).is_file()]
    if missing:
        sys.exit(f"--peers: no {', no '.join(missing)}\n{how_to_make(folder)}")
    # Without --inhibit-cache, the tree's loader reads this machine's list of libraries.
    path = f"{folder / 'lib' / libraries}:{folder / 'usr/lib' / libraries}"
    start = (folder / loader, "--inhibit-cache", "--library-path", path)
    return {kind: peer(kind, (*start, folder / program), folder) for kind, program in PROGRAMS.items()}


def peer(kind, command, folder):
    option, version, openssl = VERSIONS[kind]
    said = run(*command, option, check=False)
    release, library = re.search(version, said), re.findall(openssl, said)
    if not release or not library:
        sys.exit(
            f"--peers: {folder / PROGRAMS[kind]} does not name its version and that of OpenSSL, but says:\n"
            f"{said.strip()[:500]}\n{how_to_make(folder)}"
        )
    # nginx names what it was built with and then, where that differs, what it runs with.
    return Peer(f"{kind} {release.group(1)}", command, f"{release.group(1)}, {library[-1]}")


def how_to_make(folder):
    return f"a tree is made by: mmdebstrap --variant=minbase --include={','.join(PROGRAMS)} forky {folder}"


def contenders(peers, place):
    make = {"nginx": servers.nginx, "haproxy": servers.haproxy}
    return [make[kind](place, each.name, each.command) for kind, each in peers.items()]


def versions(peers):
    return {each.name: each.versions for each in peers.values()}
