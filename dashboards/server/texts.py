"""Texts as a request gives them: whether they are any, and how a name of theirs is told again."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request

from dashboards.server.refusals import Refused

_LONGEST = 64  # of a name that is told


def named(name: str) -> str:
    """NAME as a refusal may tell it: cut, and without what can't be read or written."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name[:_LONGEST])


def hold_text(pairs: Iterable[tuple[str, Any]]) -> None:
    """Errors: Refused (400) for a name, a text, or a text of a list among PAIRS that UTF-8 has no bytes for."""
    for name, value in pairs:
        for text in (name, *(value if isinstance(value, list) else [value])):
            if isinstance(text, str) and not _is_text(text):
                raise Refused(400, "holds what is no text in UTF-8", named(name))


def hold_charset(request: Request) -> None:
    """Errors: Refused (415) for a form in another charset than UTF-8, be it one that decodes to no text."""
    for parameter in request.headers.get("content-type", "").split(";")[1:]:
        key, _, charset = parameter.partition("=")
        if key.strip().lower() == "charset" and charset.strip(' \t"').lower() not in {"utf-8", "utf8"}:
            raise Refused(415, "want a form in UTF-8", "Content-Type")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
