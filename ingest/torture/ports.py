"""Ports of loopback for those who listen."""

import random
import socket
from collections.abc import Iterable

# Below those that a system gives to who connects: else somebody has the port of a listener that is being started again,
# or who calls it meanwhile is answered by itself.
_PORTS = (20_000, 30_000)
_PAIRS = range(30_001, 32_000, 2)
_CHANCE = random.SystemRandom()  # tests that run beside each other begin with the same seed


def free_port() -> int:
    """A port that nobody has, nor gets by connecting to somebody."""
    return next(port for port in iter(lambda: _CHANCE.randrange(*_PORTS), None) if _free(port))


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """A `free_port` for each of NAMES."""
    found: dict[str, int] = {}
    for name in names:
        found[name] = next(port for port in iter(free_port, None) if port not in found.values())
    return found


def two_ports() -> int:
    """A port that nobody has, nor the next one: the broker's and its controller's."""
    return next(port for port in _CHANCE.sample(_PAIRS, len(_PAIRS)) if _free(port) and _free(port + 1))


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::", port))  # of IPv4 too
        except OSError:
            return False
    return True
