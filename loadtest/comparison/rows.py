"""What is measured, in what unit, and what the gateway is to reach."""

import dataclasses
from collections.abc import Callable

from comparison import generators, idle, starting
from comparison.processes import ALL_CORES, cpu_seconds_for_each


@dataclasses.dataclass(frozen=True)
class Target:
    """A bound on the ratio to nginx, or on the figure itself."""

    limit: float
    at_least: bool = False
    absolute: bool = False

    def is_met(self, value, ratio):
        reached = value if self.absolute else ratio
        return reached >= self.limit if self.at_least else reached <= self.limit

    def text(self, unit):
        sign = "≥" if self.at_least else "≤"
        if self.absolute:
            return f"{sign} {self.limit:g} {unit}"
        return f"{sign} {self.limit:.2f} × nginx"


def at_most(ratio):
    return Target(ratio)


@dataclasses.dataclass(frozen=True)
class UnderLoad:
    """A figure of a server under load of a few seconds."""

    name: str
    unit: str
    work: Callable
    target: Target

    def warm(self, server, seconds):
        self.work(server, seconds)


@dataclasses.dataclass(frozen=True)
class Cost(UnderLoad):
    """CPU time of the server for an operation."""

    scale: float = 1e6

    def turn(self, server, seconds):
        return cpu_seconds_for_each(server, lambda: self.work(server, seconds)) * self.scale


@dataclasses.dataclass(frozen=True)
class Rate(UnderLoad):
    """Operations a second, of which more is better."""

    def turn(self, server, seconds):
        return self.work(server, seconds)


@dataclasses.dataclass(frozen=True)
class Fresh:
    """A figure of a server that is started for it: work takes a contender, a folder and the options."""

    name: str
    unit: str
    work: Callable
    target: Target | None
    gateways_only: bool = False
    most_rounds: int = 1000

    def concerns(self, contender):
        return contender.is_gateway or not self.gateways_only


@dataclasses.dataclass(frozen=True)
class AfterRun:
    """Looked at once, when all load is over."""

    name: str
    unit: str
    target: None = None


def handshakes(*options, **more):
    return lambda server, seconds: generators.handshakes(server, seconds, *options, **more)


UNDER_LOAD = [
    Cost("handshake TLS 1.3 P-256 + GET", "µs", handshakes("-new", "-tls1_3"), at_most(0.60)),
    Cost("handshake TLS 1.2 P-256 + GET", "µs", handshakes("-new", "-tls1_2"), at_most(0.70)),
    Cost("handshake TLS 1.3 RSA-2048 + GET", "µs", handshakes("-new", "-tls1_3", kind="rsa"), at_most(0.90)),
    Cost("resumed TLS 1.3 + GET", "µs", handshakes("-reuse", "-tls1_3"), at_most(0.60)),
    Cost("handshake only", "µs", handshakes("-new", "-tls1_3", get=False), at_most(0.60)),
    Rate("new connections, client with Nagle", "1/s", generators.with_nagle, Target(1.0, at_least=True)),
    Cost("keep-alive 1 KB, HTTP/1.1", "µs", generators.keep_alive, at_most(0.90)),
    Cost("keep-alive 1 KB, HTTP/2 x 16", "µs", generators.http2, at_most(0.90)),
    Cost("100 MB download", "ms/GB", lambda s, t: generators.transfer(s, upload=False), at_most(1.0), scale=1e3),
    Cost("100 MB upload", "ms/GB", lambda s, t: generators.transfer(s, upload=True), at_most(1.0), scale=1e3),
]

AFTER_RUN = AfterRun("memory after the run", "MB")

WITH_GC = "memory of an idle connection, full GC before each look"

FRESH = [
    Fresh(
        "memory of an idle connection", "KB",
        lambda who, folder, options: idle.per_connection(who, folder, options.idle, collect=False) / 1e3,
        at_most(1.0), most_rounds=2,
    ),
    Fresh(
        WITH_GC, "KB",
        lambda who, folder, options: idle.per_connection(who, folder, options.idle, collect=who.is_gateway) / 1e3,
        at_most(1.0), most_rounds=2,
    ),
    Fresh(
        "start to first 200", "s",
        lambda who, folder, options: starting.to_first_answer(who, folder),
        Target(0.5, absolute=True),
    ),
    Fresh(
        "start to first 200, on all cores", "s",
        lambda who, folder, options: starting.to_first_answer(who, folder, ALL_CORES),
        Target(0.5, absolute=True),
    ),
    Fresh(
        "CPU of a request in the first 10 s / when warm", "×",
        lambda who, folder, options: starting.cold_to_warm(who, folder, options.warm_up),
        Target(1.5, absolute=True), gateways_only=True, most_rounds=3,
    ),
]  # fmt: skip
