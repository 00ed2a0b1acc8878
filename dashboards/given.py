"""What an address or a form gives to a question: texts, as the types that its parameters have."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from analytics.question import ABOUT_PERSONS
from schemas.errors import QuestionError
from schemas.sqlfile import Param

_SWEDEN = ZoneInfo("Europe/Stockholm")
_CLOCK = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d[:.]\d\d(?:[:.]\d\d)?)")
_BOOLEANS = {"true": True, "false": False}


def given(place: str, params: Iterable[Param], texts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values of TEXTS, pairs of name and text, for PARAMS; a list's name may come several times.

    Errors:  QuestionError for a name that is none of them, a value that is not of its type, or `-` for a person.
    """
    declared = {param.name: param for param in params}
    found: dict[str, Any] = {}
    for name, text in texts:
        param = declared.get(name)
        if param is None:
            raise QuestionError(place, name[:64], f"unknown filter; there are {', '.join(declared) or 'none'}")
        if param.type == "TEXT[]":
            found.setdefault(name, []).append(text)
        elif name in found:
            raise QuestionError(place, name, "is given twice")
        else:
            found[name] = _typed(place, param, text)
        hold_dash(place, name, text)
    return found


def hold_dash(place: str, name: str, value: Any) -> None:
    """Refuse `-` for a person: on the command line it means what is typed after it, here it would find nobody.

    Errors:  QuestionError.
    """
    texts = value if isinstance(value, list) else [value]
    if name in ABOUT_PERSONS and any(isinstance(text, str) and text.strip() == "-" for text in texts):
        raise QuestionError(place, name, "is nobody: `-` is for the command line; post a personal number in a body")


def _typed(place: str, param: Param, text: str) -> Any:
    if param.type == "BOOLEAN":
        if text not in _BOOLEANS:
            raise QuestionError(place, param.name, "want true or false")
        return _BOOLEANS[text]
    if param.type in {"INTEGER", "BIGINT"}:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise QuestionError(place, param.name, "want a whole number")
        return int(text[:30])  # beyond that no type holds it either
    if param.type == "DOUBLE":
        try:
            return float(text)
        except ValueError:
            raise QuestionError(place, param.name, "want a number") from None
    return text


def swedish(name: str, text: str) -> str:
    """TEXT, a time as people write one on a page, with Sweden's offset if it has none; anything else as it is.

    Of an hour that comes twice a `stop` means the later and any other the earlier: so the period is never too short.
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        return text
    try:
        clock = datetime.fromisoformat(f"{match[1]}T{match[2].replace('.', ':')}")
        return clock.replace(tzinfo=_SWEDEN, fold=int(name == "stop")).isoformat()
    except (ValueError, OverflowError):
        return text


def local(name: str, text: str) -> str:
    """TEXT, an instant of an address, as people write it, where `swedish` makes the same of it again; else as it is."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    if instant.tzinfo is None:
        return text
    try:
        shown = f"{instant.astimezone(_SWEDEN):%Y-%m-%d %H:%M:%S}"
        shown = shown.removesuffix(":00") if not instant.second else shown
        return shown if datetime.fromisoformat(swedish(name, shown)) == instant else text
    except (ValueError, OverflowError):
        return text


def filled(texts: Mapping[str, Any] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of a form that are filled in: a browser also sends the fields that are left empty."""
    pairs = texts.items() if isinstance(texts, Mapping) else texts
    return [(name, text.strip()) for name, text in pairs if text.strip()]
