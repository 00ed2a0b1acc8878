"""The addresses of the API: one table, from which routes and description are made."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from dashboards.auth.visitor import Visitor
from dashboards.server.desk import Desk
from dashboards.server.refusals import Refused
from schemas.sqlfile import Param
from schemas.terms import LANGUAGES

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read: who asks, and the values of the address (`path`), the query or body (`given`)."""

    desk: Desk
    visitor: Visitor
    endpoint: str  # its name
    path: Mapping[str, str]
    given: Mapping[str, Any]
    typed: bool = False  # in a body, where a personal number may stand: in an address it never may

    @property
    def listed(self) -> str:
        """What a list lists, by the endpoint's name."""
        return self.endpoint.removeprefix("list_")

    @property
    def language(self) -> str:
        """Of sentences and headings."""
        return str(self.given.get("language") or LANGUAGES[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address and method.

    `may` is a word of dashboards.auth.visitor.MAY. `params` come in the query, or in a JSON body where `body` is set:
    there a personal number may stand, which becomes a token. `answers` is a schema of the description; `files` says
    that `format` may choose a file.
    """

    method: str
    path: str
    name: str
    summary: str
    may: str
    handler: Callable[[Call], Response]
    answers: str
    params: tuple[Param, ...] = ()
    body: bool = False
    files: bool = False
    tags: tuple[str, ...] = field(default=())


def optional(name: str, kind: str, note: str, default: str | None = None) -> Param:
    """A parameter that may be left out."""
    return Param(name, kind, note, default, required=False)


# What some parameters may be: words, or a whole number from and to.
WORDS: dict[str, tuple[str, ...]] = {
    "format": ("json", "csv", "parquet", "arrow"),
    "language": LANGUAGES,
}
NUMBERS = {"page_size": (1, 1_000)}
# What others look like, also in a path.
PATTERNS = {
    "cursor": r"^[A-Za-z0-9_-]{22}\.[0-9]{1,9}$",
    "finding": r"^[0-9a-f]{16}$",
    "subject": r"[^\s-]",
    "subjects": r"[^\s-]",  # each
    "event": r"^[0-9A-Za-z_-]+-[0-9]{1,18}-[0-9]{1,9}$",
}


def hold(given: Mapping[str, Any]) -> None:
    """Errors: Refused (400) for one of WORDS, NUMBERS or PATTERNS that is GIVEN and isn't as there."""
    for name, words in WORDS.items():
        if given.get(name, words[0]) not in words:
            raise Refused(400, f"want one of {', '.join(words)}", name)
    for name, (least, most) in NUMBERS.items():
        if not least <= given.get(name, least) <= most:
            raise Refused(400, f"want {least} to {most}", name)
    for name, pattern in PATTERNS.items():
        texts = given.get(name, [])
        if not all(re.search(pattern, text) for text in (texts if isinstance(texts, list) else [texts])):
            raise Refused(400, "is not of its form", name)


LANGUAGE = optional("language", "TEXT", "sv or en: of headings and sentences", "sv")
PAGE = (
    optional("page_size", "INTEGER", "rows a page, 1 to 1000", "100"),
    optional("cursor", "TEXT", "`next` of the page before; the other parameters stay as they were"),
)
