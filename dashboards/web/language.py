"""In which language a page is written out: the one that was chosen, else the one that the browser asks for."""

import re

from starlette.requests import Request
from starlette.responses import Response

from schemas.terms import LANGUAGES

_COOKIE, _KEPT_S = "sparhund_language", 365 * 24 * 3_600  # a browser's, so that the way in has it too
_MOST = 20  # languages of a header that are looked at
_WEIGHT = re.compile(r"\s*q\s*=\s*(1(?:\.0{0,3})?|0(?:\.\d{0,3})?)\s*")


def language_of(request: Request) -> str:
    """Of the page that answers REQUEST; Swedish where neither a choice nor the browser says anything else."""
    chosen = request.cookies.get(_COOKIE)
    return chosen if chosen in LANGUAGES else _accepted(request.headers.get("accept-language", ""))


def choose(response: Response, language: str, *, secure: bool) -> None:
    """From RESPONSE on the browser reads LANGUAGE."""
    response.set_cookie(_COOKIE, language, max_age=_KEPT_S, secure=secure, httponly=True, samesite="lax")


def _accepted(header: str) -> str:
    """The one of LANGUAGES that weighs most in an Accept-Language HEADER; of equals the first."""
    found, most = LANGUAGES[0], 0.0
    for part in header.split(",")[:_MOST]:
        tag, semicolon, said = part.partition(";")
        name = tag.strip().lower().partition("-")[0]
        matched = _WEIGHT.fullmatch(said)
        weight = float(matched[1]) if matched else 0.0 if semicolon else 1.0
        if name in LANGUAGES and weight > most:
            found, most = name, weight
    return found
