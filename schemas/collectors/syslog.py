"""Collectors of syslog: UDP, TCP and RELP, and whom they let in as what source."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.collectors.base import Listening, above
from schemas.errors import SettingsError


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
            if not _is_network(sender) and ("/" in sender or not self.by_name):
                raise SettingsError(
                    f"{self.place}.senders", sender, "is no address or network; names need a `client_ca`"
                )
        if not self.sources():
            raise SettingsError(self.place, "senders", "missing; without `source` no sender would be let in")

    @property
    def by_name(self) -> bool:
        """Whether senders show certificates, whose names `senders` may hold."""
        return False

    def sources(self) -> set[str]:
        """Those of the senders, and the one of all others."""
        return {*self.senders.values(), *([self.source] if self.source is not None else [])}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogUdp(Syslog):
    """kind = "syslog_udp": a datagram is a record."""

    buffer_bytes: int = 32 << 20  # the kernel's, for datagrams that were not read yet

    def __post_init__(self) -> None:
        Syslog.__post_init__(self)
        above(self, "buffer_bytes", self.buffer_bytes, 0)


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
        above(self, "max_record_bytes", self.max_record_bytes, 479)  # RFC 5424 6.1: 480 must be taken
        for limit in ("max_connections", "max_connections_per_sender", "first_s", "idle_s"):
            above(self, limit, getattr(self, limit), 0)
        if self.certificate is None and (self.key or self.client_ca):
            raise SettingsError(self.place, "certificate", "missing; without it there is no TLS")

    @property
    def by_name(self) -> bool:
        """Whether senders show certificates, whose names `senders` may hold."""
        return self.client_ca is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relp(SyslogTcp):
    """kind = "relp": acknowledged syslog; with a certificate over TLS."""


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
