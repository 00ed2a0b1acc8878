"""Collectors over HTTP: our own way of delivery, and Elasticsearch's."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.collectors.base import Listening, above
from schemas.errors import SettingsError
from schemas.secret import Secret
from schemas.source import plain_name

_TOKEN_LENGTH = 16


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
            above(self, limit, getattr(self, limit), 0)
        above(self, "max_body_bytes", self.max_body_bytes, 0)
        above(self, "remember_s", self.remember_s, -1)
        if self.remember_s > 86_400:  # noqa: PLR2004 - the spool keeps its notes for two days
            raise SettingsError(self.place, "remember_s", "must be at most 86400")
        above(self, "remember_records", self.remember_records, 0)
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
