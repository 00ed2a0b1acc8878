"""Templates: how a page is written out, in a language, with every value escaped."""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from itertools import count
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analytics import closed
from dashboards.auth.visitor import Visitor
from dashboards.cells import cell, heading, printable
from schemas.errors import SettingsError
from schemas.reasons import told
from schemas.sqlfile import Param
from schemas.terms import LANGUAGES, term, terms

_FOLDER = Path(__file__).parent
# Where the name of a nämnd may be broken over two lines.
_JOINT = re.compile(r"(?<=\w{3})(?=byggnad|nämnd|styrelse|förvaltning)")
_SWEDEN = ZoneInfo("Europe/Stockholm")


class _Counted(Formatter):
    """Words that follow a number: which of two, since one of something is never called as several are."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, split, many = format_spec.partition("|")
        if not split:
            return str(super().format_field(value, format_spec))
        return one if str(value) == "1" else many


_COUNTED = _Counted()


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """The sentences of pages by key, in each language. What is a term stands in the glossary instead.

    Errors:  SettingsError for a key that stands twice.
    """
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted((_FOLDER / "words").glob("*.toml")):
        for key, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in found:
                raise SettingsError(str(path), key, "stands twice")
            found[key] = texts
    return found


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["printable"] = lambda value: printable(str(value))
    found.filters["when"] = _when
    found.filters["first_up"] = lambda text: text[:1].upper() + text[1:]  # `capitalize` would write It-system
    found.filters["hyphenated"] = lambda text: _JOINT.sub("\N{SOFT HYPHEN}", text)
    found.filters["number"] = number
    found.filters["percent"] = percent
    return found


def render(template: str, language: str, visitor: Visitor | None, address: str, values: Mapping[str, Any]) -> str:
    """TEMPLATE in LANGUAGE as VISITOR reads it at ADDRESS, with VALUES."""
    given: dict[str, Any] = {
        "visitor": visitor,
        "session": visitor.session if visitor else None,
        "address": address,
        "language": language,
        "languages": LANGUAGES,
        "say": partial(say, language),
        "sentences": words(),
        "term": lambda key: term(key, language),
        "heading": lambda column: heading(column, language),
        "cell": lambda column, value: cell(column, value, language),
        "fault": partial(fault, language),
        "field_of": partial(field_of, language),
        "words_of": partial(_called, language),
        "form_of": closed.form,
        "duration": partial(duration, language),
        "next_number": count(1).__next__,  # of what a page numbers for itself
    }
    return _environment().get_template(template).render(given | dict(values))


def _called(language: str, param: Param) -> list[tuple[str, str]]:
    """The words that PARAM may be, and what they are called; none if they aren't closed."""
    known = terms()
    return [(word, known.get(f"{param.name}.{word}", {}).get(language, word)) for word in closed.words(param)]


def say(language: str, key: str, *given: Any) -> str:
    """The sentence KEY of words/*.toml with what it is GIVEN; `{0:thing|things}` is `thing` where 0 is one."""
    return _COUNTED.vformat(words()[key][language], given, {})


def field_of(language: str, name: str) -> str:
    """What NAME, of what an address or a form holds, is called."""
    return words().get(f"field.of.{name}", {}).get(language) or heading(name, language)


def fault(language: str, reason: str, field: str = "") -> str:
    """Why something can't be taken, in the reader's words where there are such; else as the error has it.

    What FIELD may be is told in its own words, and so is which filters there are. Where there are words for how it
    begins, what names something of the reader's own follows them as it is.
    """
    known = words().get(f"fault.{reason}") or words().get(f"fault.{reason.partition(':')[0]}")
    if known:
        return known[language]
    begins = [
        key
        for key in words()
        if key.startswith("fault.") and re.match(rf"{re.escape(key.removeprefix('fault.'))}\b", reason)
    ]
    if not begins:
        return told(reason, language)
    longest = max(begins, key=len)
    rest = reason[len(longest) - len("fault.") :]
    if field and longest.endswith(" one of"):
        rest = " " + ", ".join(_word(language, field, word) for word in rest.strip().split(", "))
    if where := re.fullmatch(r" at line (\d+), column (\d+)", rest):
        return words()[longest][language] + words()["fault.at line"][language].format(*where.groups())
    if within := re.fullmatch(r" from (\d+) to (\d+)", rest):
        return words()[longest][language] + words()["fault.from to"][language].format(*within.groups())
    named = re.match(r"; (?:there are|\w+ has)\b(.*)", rest, re.DOTALL)
    if named:
        names = named[1]
        if longest == "fault.unknown filter":  # ours, unlike what the register and the settings name
            names = " " + ", ".join(dict.fromkeys(field_of(language, name) for name in names.strip().split(", ")))
        rest = words()["fault.; there are"][language] + names
    elif not longest.endswith((" of", " the", " incident")):
        rest = ""
    return words()[longest][language] + rest


def _word(language: str, name: str, word: str) -> str:
    """What WORD, which the field NAME may hold, is called."""
    return words().get(f"field.of.{name}.{word}", {}).get(language) or cell(name, word, language)


def duration(language: str, seconds: float) -> str:
    """SECONDS in the largest unit of which there are two at least."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return say(language, f"duration.{unit}", int(seconds // size))
    return say(language, "duration.seconds", int(seconds))


def _when(value: datetime | None) -> str:
    return value.astimezone(_SWEDEN).isoformat(" ", "seconds") if value else ""


def number(value: int) -> str:
    """VALUE in groups of three."""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def percent(value: float, language: str) -> str:
    """VALUE per cent, with one decimal."""
    return f"{value:.1f} %".replace(".", "," if language == "sv" else ".").replace(" ", "\N{NO-BREAK SPACE}")
