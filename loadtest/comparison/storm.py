"""A storm over clients that are there already: StormUnderLoad against one server after the other."""

import argparse
import json
import os
import pathlib
import re
import tempfile

from comparison import machine, peers, servers
from comparison.command import RESULTS, require_tools
from comparison.processes import load

TOOLS = {"nginx": "nginx", "haproxy": "haproxy", "openssl": "openssl", "taskset": "util-linux"}
NO_TURNS = "handshakes { per-turn = 10000, max-waiting = 1000000, max-wait = 1m }"
WHO = ("established", "resumed")
WHEN = ("calm", "storm")
GOODPUT = re.compile(r"^overload: capacity (\d+)/s, offered (\d+)/s, served (\d+)/s", re.MULTILINE)


def main(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strangers", type=int, default=450, help="a second, in the storm (default 450)")
    parser.add_argument("--seconds", type=int, default=20, help="of the storm; the calm has half (default 20)")
    parser.add_argument("--patience", type=int, default=2000,
                        help="of a new client at twice the capacity, in milliseconds (default 2000)")  # fmt: skip
    parser.add_argument("--warm-up", type=int, default=8, help="seconds before (default 8)")
    parser.add_argument("--peers", metavar="DIR",
                        help="also nginx and HAProxy of this tree of another release of Debian")  # fmt: skip
    options = parser.parse_args()
    if min(options.strangers, options.warm_up, options.patience) < 1 or options.seconds < 4:
        parser.error("numbers start at 1, seconds at 4")
    require_tools(TOOLS)
    of_tree = peers.of(options.peers)
    about = machine.describe({"sallyport": servers.ROOT}) | peers.versions(of_tree)
    with tempfile.TemporaryDirectory(prefix="sallyport-storm") as temporary:
        folder = pathlib.Path(temporary)
        pki = servers.certificates(folder, rsa_bits=4096)
        os.chmod(folder, 0o755)
        backend = servers.backend(folder, pki)
        try:
            backend.serving()
            place = servers.Place(pki, backend.ports["mtls"])
            contenders = [
                servers.gateway("sallyport", servers.ROOT, place),
                servers.gateway("sallyport without turns", servers.ROOT, place, tls=NO_TURNS),
                servers.nginx(place),
                servers.haproxy(place),
                *peers.contenders(of_tree, place),
            ]
            results = {each.name: under_storm(each, folder, pki, options) for each in contenders}
        finally:
            backend.stop()
    tell(results, about, options)


def under_storm(contender, folder, pki, options):
    """What the clients saw that were there already, and what twice the capacity got; a server for each."""
    said = simulation(
        contender, folder, pki, "StormUnderLoad",
        f"-Dunderload.warm-up={options.warm_up}", f"-Dunderload.calm={max(options.seconds // 2, 2)}",
        f"-Dunderload.storm={options.seconds}", f"-Dunderload.strangers={options.strangers}",
        "-Dunderload.clients=50", "-Dunderload.resumed=20", "-Dunderload.refused=100",
    )  # fmt: skip
    result = {f"{who} {when}": seen(said, f"{who} {when}") for who in WHO for when in WHEN}
    said = simulation(
        contender, folder, pki, "Overload",
        f"-Doverload.warm-up={options.warm_up}", f"-Doverload.capacity={max(options.seconds // 2, 2)}",
        f"-Doverload.duration={options.seconds}", f"-Doverload.patience={options.patience}", "-Doverload.least=0",
    )  # fmt: skip
    result["overload"] = goodput(said)
    print(f"{contender.name}: done", flush=True)
    return result


def simulation(contender, folder, pki, name, *settings):
    server = contender.start(folder).serving()
    try:
        return load(
            servers.ROOT / "loadtest/run.sh", name,
            f"-Dsallyport.url=https://localhost:{server.ports['rsa']}", "-Dsallyport.path=/1k", "-Dsallyport.admin=",
            "-Dsallyport.max-connections=1000000", *settings,
            check=False, timeout=600, env={**os.environ, "SALLYPORT_CA": str(pki / "rsa.pem")},
        )  # fmt: skip
    finally:
        server.stop()


def goodput(said):
    """New clients a second: as many as can be served, as many as come, and those of them that are served in time."""
    found = GOODPUT.search(said)
    if not found:
        raise SystemExit(f"no capacity in:\n{said}")
    return dict(zip(("capacity", "offered", "served"), map(int, found.groups())))


def seen(said, name):
    """The 95th percentile in milliseconds, and how many requests failed."""

    def actual(what):
        found = re.search(rf"^{name}: {what}.*\(actual : ([\d.]+)\)", said, re.MULTILINE)
        if not found:
            raise SystemExit(f"no {what} of {name} in:\n{said}")
        return round(float(found.group(1)))

    return {"p95": actual("95th percentile of response time"), "failed": actual("count of failed events")}


def tell(results, about, options):
    columns = [f"{who} {when}" for who in WHO for when in WHEN]
    print("\n| 95th percentile, ms (failures) | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, result in results.items():
        print(f"| {name} | " + " | ".join(text(result[each]) for each in columns) + " |")
    print("\n| new clients a second | capacity | offered | served in time | of the capacity |")
    print("|---" * 5 + "|")
    for name, result in results.items():
        one = result["overload"]
        share = one["served"] / max(one["capacity"], 1)
        print(f"| {name} | {one['capacity']} | {one['offered']} | {one['served']} | {share:.2f} |")
    print(f"\nload before {about['load before']}, after " + " ".join(f"{each:.2f}" for each in os.getloadavg()))
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "storm.json"
    whole = {"machine": about, "settings": vars(options), "results": results}
    file.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {file}")


def text(one):
    return f"{one['p95']}" + (f" ({one['failed']})" if one["failed"] else "")
