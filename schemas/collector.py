"""Collectors: what listens to senders or asks systems, a dataclass for each kind. Section [collect.NAME]."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import SettingsError
from schemas.secret import Secret
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
        _above(self, "max_record_bytes", self.max_record_bytes, 479)  # RFC 5424 6.1: 480 must be taken
        for limit in ("max_connections", "max_connections_per_sender", "first_s", "idle_s"):
            _above(self, limit, getattr(self, limit), 0)
        if self.certificate is None and (self.key or self.client_ca):
            raise SettingsError(self.place, "certificate", "missing; without it there is no TLS")

    @property
    def by_name(self) -> bool:
        """Whether senders show certificates, whose names `senders` may hold."""
        return self.client_ca is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relp(SyslogTcp):
    """kind = "relp": acknowledged syslog; with a certificate over TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Section [collect.NAME.senders.SENDER]: who may deliver over HTTP, and as which sources."""

    name: str
    token: Secret
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Web(Listening):
    """What collectors over HTTP share."""

    senders: dict[str, Sender] = field(default_factory=dict)
    max_body_bytes: int = 32 << 20  # of one request, as it comes and decompressed
    max_connections: int = 1000  # at once; one more is refused
    max_connections_per_sender: int = 100  # from one address
    max_requests: int = 16  # at once; one more waits, and is told to come again after body_s
    head_s: float = 10.0  # from connection to the end of a request's head
    body_s: float = 60.0  # for a request's body
    remember_s: int = 3600  # how long a delivery is known again; 0 = never
    remember_records: int = 500_000  # at most so many are; older ones are forgotten first
    certificate: Path | None = None  # PEM, with the chain; None = no TLS
    key: Path | None = None  # PEM; None = it stands in the certificate's file

    def __post_init__(self) -> None:
        Listening.__post_init__(self)
        for limit in ("max_connections", "max_connections_per_sender", "max_requests", "head_s", "body_s"):
            _above(self, limit, getattr(self, limit), 0)
        _above(self, "max_body_bytes", self.max_body_bytes, 0)
        _above(self, "remember_s", self.remember_s, -1)
        if self.remember_s > 86_400:  # noqa: PLR2004 - the spool keeps its notes for two days
            raise SettingsError(self.place, "remember_s", "must be at most 86400")
        _above(self, "remember_records", self.remember_records, 0)
        if self.certificate is None and self.key:
            raise SettingsError(self.place, "certificate", "missing; without it there is no TLS")
        if not self.senders:
            raise SettingsError(self.place, "senders", "missing; nobody would be let in")
        tokens = set()
        for sender in self.senders.values():
            place = f"{self.place}.senders.{sender.name}"
            plain_name(place, sender.name)
            if len(sender.token.reveal()) < _TOKEN_LENGTH:
                raise SettingsError(place, "token", f"want at least {_TOKEN_LENGTH} characters")
            if sender.token in tokens:
                raise SettingsError(place, "token", "is another sender's too")
            tokens.add(sender.token)
            if not sender.sources:
                raise SettingsError(place, "sources", "want at least one")

    def sources(self) -> set[str]:
        """Those of the senders."""
        return {source for sender in self.senders.values() for source in sender.sources}


@dataclass(frozen=True, slots=True, kw_only=True)
class Http(Web):
    """kind = "http": POST /v1/records/SOURCE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticsearchBulk(Web):
    """kind = "elasticsearch_bulk": what ships to Elasticsearch ships to us."""

    indices: dict[str, Any] = field(default_factory=dict)  # index, or pattern with *, = source; the first that matches
    version: str = "9.0.0"  # of Elasticsearch, as which it answers: some senders refuse an older one than themselves

    def __post_init__(self) -> None:
        Web.__post_init__(self)
        for pattern, source in self.indices.items():
            if source not in Web.sources(self):
                raise SettingsError(f"{self.place}.indices", pattern, "is the source of none of the senders")
        if not re.fullmatch(r"\d+\.\d+\.\d+", self.version):
            raise SettingsError(self.place, "version", "want three numbers, such as 9.0.0")


_TOKEN_LENGTH = 16

# The word after `kind =`, and what its section holds.
KINDS: dict[str, type[Collector]] = {
    "syslog_udp": SyslogUdp,
    "syslog_tcp": SyslogTcp,
    "relp": Relp,
    "http": Http,
    "elasticsearch_bulk": ElasticsearchBulk,
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
