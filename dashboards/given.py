"""What an address or a form gives to a question: texts, as the types that its parameters have."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.errors import QuestionError
from schemas.sqlfile import Param

_BOOLEANS = {"true": True, "false": False}


def given(place: str, params: Iterable[Param], texts: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values of TEXTS, pairs of name and text, for PARAMS; a list's name may come several times.

    Errors:  QuestionError for a name that is none of them, or a value that is not of its type.
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
    return found


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


def filled(texts: Mapping[str, Any] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of a form that are filled in: a browser also sends the fields that are left empty."""
    pairs = texts.items() if isinstance(texts, Mapping) else texts
    return [(name, text.strip()) for name, text in pairs if text.strip()]
