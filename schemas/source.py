"""A source: one stream of records from one system, as the settings declare it."""

import codecs
import re
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from schemas import objectpath
from schemas.errors import SettingsError
from schemas.vocabulary import ACTIONS


def plain_name(place: str, name: str) -> None:
    """Errors: SettingsError unless NAME can be a folder's name and stand in an address anywhere."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise SettingsError(place, "name", "want letters a-z, digits, '.', '_' and '-' only")


def is_encoding(name: Any) -> bool:
    """Whether NAME is that of an encoding of texts."""
    try:
        return bool(codecs.lookup(name)._is_text_encoding)  # noqa: SLF001 - nothing public tells texts from the rest
    except (LookupError, TypeError):
        return False


def _is_zone(text: str) -> bool:
    return text == "Z" or bool(re.fullmatch(r"[+-]\d\d:?\d\d", text)) or text in available_timezones()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Section [sources.NAME] of the settings file."""

    name: str
    mapping: str  # a file of ingest/mappings, by name
    system: str = ""  # the IT system, as the asset register names it; empty = the source's name
    zone: str | None = None  # of times that carry none: Europe/Stockholm or -02:00; None = such a record is a reject
    keep: str = "standard"  # keep class: decides how long, and the partition
    logs: tuple[str, ...] = ()  # the actions that the system is set to log
    silent_after_s: int | None = None  # no record for so long is a silence; None = it may be silent
    overlap_s: int = 0  # pulls overlap by so much: repeats within it are found by source_event_id; 0 = off
    paths: tuple[str, ...] = ()  # files and patterns that `ingest` reads when no path is given
    shipped: tuple[str, ...] = ()  # those of another host, whose `forward` reads them and sends them to Kafka
    decoder: str | None = None  # one of the mapping's decoders; None = by the look of the bytes
    framing: dict[str, Any] = field(default_factory=dict)  # ingest.decoders.frame.Framing
    params: dict[str, Any] = field(default_factory=dict)  # the mapping's own parameters
    objects: dict[str, Any] = field(default_factory=dict)  # type of object → where a path names it: /arende/{id}

    def __post_init__(self) -> None:
        place = f"sources.{self.name}"
        plain_name(place, self.name)
        if self.zone is not None and not _is_zone(self.zone):
            raise SettingsError(place, "zone", "want a zone, such as Europe/Stockholm, UTC or -02:00")
        if "encoding" in self.framing and not is_encoding(self.framing["encoding"]):
            raise SettingsError(place, "encoding", "want an encoding, such as utf-8, latin-1 or utf-16")
        for action in self.logs:
            if action not in ACTIONS:
                raise SettingsError(place, "logs", f"there is no action of that name; there are {', '.join(ACTIONS)}")
        objectpath.hold(place, self.objects)
        if not self.system:
            object.__setattr__(self, "system", self.name)
