"""What a form held that was refused: told to be unsaved, and shown again, so that nothing that was written is lost."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from dashboards.server.refusals import Refused
from dashboards.server.texts import hold_charset, hold_text
from dashboards.web import typed

_MOST = 40_000  # letters that are shown again
_MOST_BYTES = 64 << 10  # of a form that is read of whoever sent it; an upload isn't, its file is where it was
_AGAIN = frozenset({401, 429, 503})  # what may go when it is sent once more
_DIGITS = re.compile(r"\d[\d\s./+-]{8,}\d")  # a personal number among other words, in most spellings
# What a form says of itself: nobody wrote it.
_OF_FORMS = frozenset(
    {"act", "kind", "next", "event", "workbench", "pin", "unpin", "remove", "answer", "language", "name"}
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """FIELDS as they may be sent again; CUT: something was left out; AGAIN: sending them once more may do."""

    fields: tuple[tuple[str, str], ...]
    cut: bool
    again: bool

    @property
    def written(self) -> list[tuple[str, str]]:
        """What somebody wrote or chose."""
        return [(name, text) for name, text in self.fields if name not in _OF_FORMS and text.strip()]


async def unsent(request: Request, found: Refused, address: str) -> Unsent | None:
    """What REQUEST to ADDRESS, which was refused as FOUND, held; None if it was no form.

    A personal number is not written out again, and no token is made of it for whom nobody knows.
    """
    if request.method != "POST":
        return None
    try:
        pairs = [(name, text) for name, text in await _read(request) if name != "csrf"]
    except (Refused, HTTPException, ClientDisconnect, RuntimeError):  # the last: it was read before, and broke off
        return Unsent((), cut=True, again=False)
    kept = shown_again(pairs)
    # Neither takes the form: the start, nor an address from which a number was left out.
    elsewhere = address == "/" or any(typed.is_number(text) for _, text in request.query_params.multi_items())
    again = (found.status in _AGAIN or found.field == "csrf") and not elsewhere
    return Unsent(kept, cut=kept != tuple(pairs), again=again and kept == tuple(pairs))


def shown_again(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """PAIRS of a form that was refused, as they may be written out again: without what may be a personal number."""
    return tuple((name, shown) for name, text in pairs if (shown := _without_numbers(text)) is not None)


async def _read(request: Request) -> list[tuple[str, str]]:
    """The fields. Errors: Refused for more than is read or no text; those of Starlette."""
    kind, length = (request.headers.get(name, "") for name in ("content-type", "content-length"))
    if not kind.startswith("application/x-www-form-urlencoded") or not length.isdigit() or int(length) > _MOST_BYTES:
        raise Refused(413, "is too large", "body")
    hold_charset(request)
    pairs = [(name, str(value)) for name, value in (await request.form()).multi_items()]
    hold_text(pairs)
    if sum(len(text) for _, text in pairs) > _MOST:
        raise Refused(413, "is too large", "body")
    return pairs


def _without_numbers(text: str) -> str | None:
    """TEXT as it may be written out; None if nothing of it may."""
    if typed.fault(text) is None:
        return text
    rest = _DIGITS.sub("…", text)
    return rest if rest.strip(" …") and typed.fault(rest) is None else None
