"""The pages of coming in: the one-time link, the purpose, the language, and going out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from analytics.acts import Act
from analytics.answer import hold_texts
from dashboards.server.refusals import Refused
from dashboards.web.page import Goto, Page, Shown, View
from ingest.identity import looks_like_number
from schemas.errors import QuestionError
from schemas.terms import LANGUAGES

_LONGEST = 500  # of a purpose
_MOST_ENCODED = 3  # times that an address may be percent-encoded


def pages() -> Iterator[Page]:
    """Those of a person who is signed in; the link itself is for one who isn't yet (dashboards.web.app)."""
    yield Page(path="/purpose", name="purpose", may="ask", get=_purpose, post=_stated)
    yield Page(path="/language", name="language", may="ask", get=lambda _view: Goto("/"), post=_language)
    yield Page(path="/out", name="out", may="ask", get=lambda _view: Goto("/"), post=_out)


def _purpose(view: View) -> Shown:
    return Shown("purpose.html", {"next": _next(view.query)})


def _stated(view: View) -> Shown | Goto:
    purpose = dict(view.form).get("purpose", "").strip()[:_LONGEST]
    try:
        _hold(purpose)
    except QuestionError as error:
        return Shown("purpose.html", {"next": _next(view.form), "error": error}, 400)
    assert view.visitor.session is not None
    Act(home=view.desk.home, who=view.visitor.caller, question="purpose", params={}, purpose=purpose).write(
        "decided", datetime.now(UTC)
    )
    view.desk.store.state_purpose(view.visitor.session.key, purpose)
    return Goto(_next(view.form))


def _hold(purpose: str) -> None:
    if not purpose:
        raise QuestionError("purpose", "purpose", "is empty")
    hold_texts("purpose", {"purpose": purpose})


def _language(view: View) -> Goto:
    language = dict(view.form).get("language", "")
    if language not in LANGUAGES:
        raise Refused(400, f"want one of {', '.join(LANGUAGES)}", "language")
    assert view.visitor.session is not None
    view.desk.store.choose_language(view.visitor.session.key, language)
    return Goto(_next(view.form))


def _out(view: View) -> Goto:
    assert view.visitor.session is not None
    view.desk.store.end(view.visitor.session.key)
    return Goto("/signin")


def _next(pairs: object) -> str:
    """Where to go then: an address of ours, never another's."""
    text = dict(pairs).get("next", "/")  # type: ignore[call-overload]
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return onward(text) if ours else "/"


def onward(address: str) -> str:
    """ADDRESS as what is gone back to later; "/" where it holds what may be a personal number, in any spelling.

    It would stand in more addresses and pages.
    """
    text = address
    for _ in range(_MOST_ENCODED):
        if looks_like_number(text):
            return "/"
        text, before = unquote_plus(text), text
        if text == before:
            return address
    return "/"
