"""In which language a page is written out: Swedish, unless another one was chosen."""

from starlette.requests import Request
from starlette.responses import Response

from schemas.terms import LANGUAGES

_COOKIE, _KEPT_S = "sparhund_language", 365 * 24 * 3_600  # a browser's, so that the way in has it too


def language_of(request: Request) -> str:
    """Of the page that answers REQUEST. What the browser asks for says little: many of a Swede's ask for English."""
    chosen = request.cookies.get(_COOKIE)
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def choose(response: Response, language: str, *, secure: bool) -> None:
    """From RESPONSE on the browser reads LANGUAGE."""
    response.set_cookie(_COOKIE, language, max_age=_KEPT_S, secure=secure, httponly=True, samesite="lax")
