"""What a page is: an address, who may see it, and a handler that gives a template its rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile

from analytics.answer import Answer, Ask, answers
from dashboards.auth.visitor import Visitor
from dashboards.server.desk import Desk
from dashboards.server.refusals import Refused
from schemas.terms import LANGUAGES

MOST_ROWS = 500  # of a table on a page; the export has the rest


@dataclass(frozen=True, slots=True)
class View:
    """One request for a page, read: who asks, and the values of the address (`path`, `query`) and of a form."""

    desk: Desk
    visitor: Visitor
    address: str  # path and query, as they were asked for
    path: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    form: Sequence[tuple[str, str]] = ()
    files: Mapping[str, tuple[UploadFile, bytes]] = field(default_factory=dict)
    language: str = LANGUAGES[0]  # of the page

    def answers(self, name: str, about: Mapping[str, Any], asks: Sequence[Ask], most: int = MOST_ROWS) -> list[Answer]:
        """The answers to ASKS of the page NAME about ABOUT, as one act. Errors: those of `analytics.answer.answers`."""
        who = self.visitor
        return answers(self.desk.home, asks, name=name, about=about, purpose=who.purpose, who=who.caller, most=most)

    @property
    def judged(self) -> bool:
        """Whether the rules have run at all; if not, that nothing was found says nothing."""
        return len(self.desk.home.tables(("runs",))["runs"]) > 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A template and what it is given."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Goto:
    """Another address of ours, to go to."""

    address: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file."""

    body: bytes
    media: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address, the word of dashboards.auth.visitor.MAY that it needs, and the handlers of GET and POST.

    `takes`: the names that its query may hold, each once; None: its handler knows them.
    """

    path: str
    name: str
    may: str
    get: Callable[[View], Shown | Goto | Download]
    post: Callable[[View], Shown | Goto | Download] | None = None
    takes: tuple[str, ...] | None = None

    def hold(self, query: Sequence[tuple[str, str]]) -> None:
        """Hold QUERY to what the page takes: a filter that does nothing would look as if it did.

        Errors: Refused (400), which names the filter.
        """
        if self.takes is None:
            return
        names = [name for name, _ in query]
        for name in names:
            if name not in self.takes or names.count(name) > 1:
                raise Refused(400, "is given twice" if name in self.takes else "unknown filter", name[:64])
