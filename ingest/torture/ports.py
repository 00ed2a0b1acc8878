"""Ports of loopback for those who listen."""

import random
import socket
from collections.abc import Iterable

_PORTS = (20_000, 30_000)  # below those that a system gives to who connects
_PAIRS = range(30_001, 32_000, 2)


def free_ports(names: Iterable[str]) -> dict[str, int]:
    """A port of loopback for each of NAMES that nobody has, nor gets by connecting to somebody."""
    found: dict[str, int] = {}
    for name in names:
        while name not in found:
            port = random.randrange(*_PORTS)
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
            if port not in found.values():
                found[name] = port
    return found


def two_ports() -> int:
    """A port that nobody has, nor the next one: the broker's and its controller's."""
    for port in random.sample(_PAIRS, len(_PAIRS)):
        with socket.socket() as one, socket.socket() as two:
            try:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError
