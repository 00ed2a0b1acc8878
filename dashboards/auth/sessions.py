"""Persons' sessions begun, ended and refused: acts of their own, so that it can be asked who signed in when."""

from contextlib import suppress
from datetime import UTC, datetime

from analytics.acts import Act
from analytics.caller import Caller
from analytics.installation import Installation
from dashboards.auth.store import Session, Store
from dashboards.server.rates import Rate
from dashboards.server.refusals import Refused
from schemas.errors import LakeError

_NAMED = 32  # digits of a session's key that name it in the log: a hash of its cookie, by which nobody comes in


def begin(
    home: Installation, store: Store, code: str, address: str | None, before: Session | None, nobodys: Rate
) -> str | None:
    """The cookie of a new session by the CODE of a link, from the IP ADDRESS; None if the link is worth nothing.

    A try is written down too: each of a link that was ours, and of links that were NOBODYS so many, since anybody can
    make them up for ever.

    The session BEFORE of the same browser ends by it: nobody holds its cookie any longer who should.
    Errors:  LakeError if it can't be recorded: then nobody is signed in.
    """
    now = datetime.now(UTC)
    cookie = store.begin(code, now)
    session = store.session(cookie, now) if cookie else None
    params = {"address": address}
    if session is None:
        whose = store.account_of(code)  # of a link that is spent or too old it is known
        with suppress(Refused):
            if whose is None:
                nobodys.take("")
            Act(home=home, who=Caller(whose or ""), question="sign in", params=params, purpose=None).write(
                "failed", now
            )
        return None
    try:
        _act(home, session, "sign in", params).write("began", now)
        if before is not None:
            end(home, store, before, by="sign in")
    except LakeError:
        store.end(session.key)
        raise
    return cookie


def end(home: Installation, store: Store, session: Session, *, by: str = "sign out") -> None:
    """SESSION is over, BY who signed out or by a new `sign in`.

    Errors:  LakeError if it can't be recorded; it is over all the same.
    """
    store.end(session.key)
    _act(home, session, "sign out", {"by": by}).write("ended", datetime.now(UTC))


def _act(home: Installation, session: Session, question: str, params: dict[str, str | None]) -> Act:
    named, who = session.key[:_NAMED], Caller(session.account)
    return Act(home=home, who=who, question=question, params=params, purpose=None, id=named)
