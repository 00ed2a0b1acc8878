"""Collectors: what listens to senders or asks systems, a dataclass for each kind. Section [collect.NAME]."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import SettingsError
from schemas.source import plain_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """What every kind has."""

    name: str

    def __post_init__(self) -> None:
        plain_name(self.place, self.name)

    @property
    def place(self) -> str:
        """The section, as errors and logs name it."""
        return f"collect.{self.name}"

    def sources(self) -> set[str]:
        """The sources that its records become; each must be declared."""
        return set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening(Collector):
    """A collector that senders connect to."""

    listen: str  # address and port: "0.0.0.0:514", "[::]:6514"

    def __post_init__(self) -> None:
        Collector.__post_init__(self)
        try:
            host, port = self.address
            ipaddress.ip_address(host)
            sound = 0 <= port < 1 << 16
        except ValueError:
            sound = False
        if not sound:
            raise SettingsError(self.place, "listen", "want an address and a port, such as 0.0.0.0:6514 or [::]:6514")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Syslog(Listening):
    """Whom a syslog collector takes records from, and as what source."""

    senders: dict[str, Any] = field(default_factory=dict)  # address, network or certificate name = source
    source: str | None = None  # of senders that no line of `senders` names; None = they are refused

    def __post_init__(self) -> None:
        Listening.__post_init__(self)
        for sender, source in self.senders.items():
            if type(source) is not str:
                raise SettingsError(f"{self.place}.senders", sender, "want a source's name")
        if not self.sources():
            raise SettingsError(self.place, "senders", "missing; without `source` no sender would be let in")

    def sources(self) -> set[str]:
        """Those of the senders, and the one of all others."""
        return {*self.senders.values(), *([self.source] if self.source is not None else [])}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogUdp(Syslog):
    """kind = "syslog_udp": a datagram is a record."""

    buffer_bytes: int = 32 << 20  # the kernel's, for datagrams that were not read yet

    def __post_init__(self) -> None:
        Syslog.__post_init__(self)
        _above(self, "buffer_bytes", self.buffer_bytes, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogTcp(Syslog):
    """kind = "syslog_tcp": RFC 6587, both framings; with a certificate TLS (RFC 5425)."""

    max_record_bytes: int = 256 << 10  # a longer one becomes pieces
    max_connections: int = 1000  # at once; one more is refused
    max_connections_per_sender: int = 100  # from one address
    first_s: float = 30.0  # from connection to the first byte
    idle_s: float = 7200.0  # without a byte
    certificate: Path | None = None  # PEM, with the chain; None = no TLS
    key: Path | None = None  # PEM; None = it stands in the certificate's file
    client_ca: Path | None = None  # PEM; senders must then have a certificate from it; None = they need none

    def __post_init__(self) -> None:
        Syslog.__post_init__(self)
        for limit in ("max_record_bytes", "max_connections", "max_connections_per_sender", "first_s", "idle_s"):
            _above(self, limit, getattr(self, limit), 0)
        if self.certificate is None and (self.key or self.client_ca):
            raise SettingsError(self.place, "certificate", "missing; without it there is no TLS")
        names = [sender for sender in self.senders if not _is_network(sender)]
        if names and not self.client_ca:
            raise SettingsError(f"{self.place}.senders", names[0], "is no address, and names need `client_ca`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relp(SyslogTcp):
    """kind = "relp": acknowledged syslog; with a certificate over TLS."""


# The word after `kind =`, and what its section holds.
KINDS: dict[str, type[Collector]] = {
    "syslog_udp": SyslogUdp,
    "syslog_tcp": SyslogTcp,
    "relp": Relp,
}


def _above(collector: Collector, key: str, value: float, bound: int) -> None:
    if value <= bound:
        raise SettingsError(collector.place, key, f"must be more than {bound}")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
