"""What a question without rows was asked about and nobody knows, and what is spelt almost so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from analytics import views
from analytics.caller import Caller
from analytics.installation import OWN
from analytics.question import arguments, put, question, relations
from analytics.strangers import KNOWN, NAMED, known, unheard
from dashboards.cells import printable
from dashboards.web import search
from dashboards.web.page import View
from schemas.sqlfile import SqlFile

_MADE = ("target_group", "src_host", "device", "share")  # parameters that name what is known by events alone
_MOST = 5  # that are offered of one


@dataclass(frozen=True, slots=True)
class Unheard:
    """A parameter's NAME. `sure`: nobody knows what it was given. `near`: texts, and the question asked with them.

    `recent`: the latest month's events alone were looked through for those, and none of them names what was given.
    """

    name: str
    sure: bool
    near: tuple[tuple[str, str], ...]
    recent: bool = False


def told(view: View, file: SqlFile, params: Mapping[str, Any], pairs: list[tuple[str, str]]) -> Iterator[Unheard]:
    """Of PARAMS that FILE was asked with, as PAIRS of its address. Errors: those of asking."""

    def asked(name: str, value: str, other: str) -> str:
        kept = [(each, other if (each, text) == (name, value) else text) for each, text in pairs]
        return f"/question/{file.name}?" + urlencode([*kept, ("ask", "1")])

    tables = view.desk.home.tables()
    for name in unheard(params, tables):
        near = [
            (shown, asked(name, params[name], ident)) for ident, shown in _registered(view, KNOWN[name], params[name])
        ]
        yield Unheard(name, sure=True, near=tuple(near[:_MOST]))
    for name in _MADE:
        if params.get(name):
            others = search.made_names(view, params[name], name)
            same = any(text.casefold() == params[name].casefold() for text in others)
            near = [] if same else [(printable(text), asked(name, params[name], text)) for text in others]
            yield Unheard(name, sure=False, near=tuple(near[:_MOST]), recent=not same)
    for name in NAMED:
        value = params.get(name) or ()
        for text in [value] if isinstance(value, str) else value:
            if not known(text, tables) and _may_see_persons(view) and (hits := search.staff(view, text)[0]):
                near = [(hit.text, asked(name, text, hit.ident)) for hit in hits]
                yield Unheard(name, sure=False, near=tuple(near[:_MOST]))


def _may_see_persons(view: View) -> bool:
    return bool(view.visitor.purpose) or not view.desk.home.settings.questions.purpose_required


def _registered(view: View, kind: str, text: str) -> list[tuple[str, str]]:
    """The ids of a KIND that are spelt almost as TEXT, and what they are called. They name nobody, so it is no act."""
    file, home = question("spelt_alike"), view.desk.home
    with home.connect() as connection:
        views.scoped(connection, Caller(OWN), home.relation("normalised"), home.tables(), relations(file))
        found = put(connection, file, arguments(file, {"text": text[: search.LONGEST_NAME]}, datetime.now(UTC)))
    rows = [row for row in found.to_pylist() if row["found_as"] == kind]
    return [(row["value"], printable(row["name"] or row["value"])) for row in rows]
