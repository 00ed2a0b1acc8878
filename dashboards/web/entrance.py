"""The pages of who has come in: the purpose, and going out."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from analytics.acts import Act
from analytics.answer import hold_purpose
from dashboards.auth.sessions import end
from dashboards.auth.visitor import Visitor
from dashboards.web.page import Goto, Page, Shown, View
from dashboards.web.typed import carried
from ingest.identity import looks_like_number
from schemas.errors import QuestionError

_LONGEST = 500  # of a purpose
_STATED = "stated_purpose"  # the field of a form that is asked why after it was sent
_MOST_ENCODED = 3  # times that an address may be percent-encoded


def pages() -> Iterator[Page]:
    """Those of a person who is signed in; link and language are also for one who isn't (dashboards.web.app)."""
    yield Page(path="/purpose", name="purpose", may="ask", get=_purpose, post=_stated, takes=("next",))
    yield Page(path="/out", name="out", may="ask", get=lambda _view: Goto("/"), post=_out, takes=())


def _purpose(view: View) -> Shown:
    return _asked(view.query)


def _asked(pairs: Iterable[tuple[str, str]], error: QuestionError | None = None) -> Shown:
    """The form that asks for the purpose, and then goes on to the address of PAIRS."""
    return _form("/purpose", "purpose", [("next", goal(pairs))], error)


def _form(action: str, name: str, kept: Iterable[tuple[str, str]], error: QuestionError | None, **more: Any) -> Shown:
    values = {"action": action, "field": name, "kept": list(kept), "cut": False, **more}
    return Shown("purpose.html", values | ({"error": error} if error else {}), 400 if error else 200)


def _stated(view: View) -> Shown | Goto:
    try:
        _state(view, dict(view.form).get("purpose", ""))
    except QuestionError as error:
        return _asked(view.form, error)
    return Goto(goal(view.form))


def with_purpose(view: View) -> View | Shown:
    """VIEW of a form that needs a purpose, with the one that came along; else the form that asks for it.

    What was sent stands in that form, so that nothing is typed twice: a personal number as its token, and what holds
    one among other words not at all.
    """
    form = dict(view.form)
    error = None
    if _STATED in form:
        try:
            visitor = _state(view, form[_STATED])
        except QuestionError as wrong:
            error = wrong
        else:
            return replace(view, visitor=visitor, form=[pair for pair in view.form if pair[0] != _STATED])
    kept, cut = carried(view.desk.home, [pair for pair in view.form if pair[0] != _STATED])
    return _form(view.address, _STATED, kept, error, cut=cut)


def _state(view: View, text: str) -> Visitor:
    """Record why persons are shown from now on. Errors: QuestionError for none, or one that isn't."""
    purpose = text.strip()[:_LONGEST]
    if not purpose:  # also where the settings waive it: nothing was stated
        raise QuestionError("purpose", "purpose", "is empty")
    hold_purpose(view.desk.home.settings, "purpose", purpose)
    session = view.visitor.session
    assert session is not None
    act = Act(home=view.desk.home, who=view.visitor.caller, question="purpose", params={}, purpose=purpose)
    act.write("decided", datetime.now(UTC))
    view.desk.store.state_purpose(session.key, purpose)
    return replace(view.visitor, purpose=purpose, session=replace(session, purpose=purpose))


def _out(view: View) -> Goto:
    assert view.visitor.session is not None
    end(view.desk.home, view.desk.store, view.visitor.session)
    return Goto("/signin")


def goal(pairs: object) -> str:
    """Where to go then: what is `next` in PAIRS if it is an address of ours, never another's."""
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
