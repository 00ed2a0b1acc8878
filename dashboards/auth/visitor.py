"""Who is asking over HTTP, and what she, he or it may see: the one answer that every handler uses."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from analytics.caller import Caller
from dashboards.auth.store import Session, Store
from dashboards.server.refusals import Refused

COOKIE = "sparhund"
_SECURE = f"__Host-{COOKIE}"  # a browser takes it over https alone, from this host alone, for all of it
# What may be done, and by which scopes; `all` is a signed-in person's.
MAY = {
    "ask": frozenset({"statistics", "read", "all"}),  # what names nobody
    "persons": frozenset({"read", "all"}),  # what shows who did something, or about whom
    "act": frozenset({"all"}),  # decide, change the register
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """One who was let in. `purpose`: why persons are shown; `key` tells visitors apart where there are limits."""

    caller: Caller
    key: str
    scope: str
    purpose: str | None
    session: Session | None = None

    def may(self, act: str) -> bool:
        """Whether ACT, a word of MAY, is allowed."""
        return self.scope in MAY[act]

    def hold(self, act: str, *, purpose: bool) -> None:
        """Errors: Refused (403) if ACT isn't allowed, or shows persons without the PURPOSE that must be stated."""
        if not self.may(act):
            raise Refused(403, "this token may not do that", "scope")
        if act == "persons" and purpose and not self.purpose:
            raise Refused(403, "missing: persons are shown only when it is stated why", "purpose")


def cookie_of(request: Request) -> str:
    """The name of the session's cookie where the REQUEST was made: over https one that nothing else can set."""
    return _SECURE if request.url.scheme == "https" else COOKIE


def session_of(request: Request, store: Store) -> Session | None:
    """The session in force of the REQUEST's cookie."""
    cookie = request.cookies.get(cookie_of(request))
    return store.session(cookie, datetime.now(UTC)) if cookie else None


def visitor(request: Request, store: Store) -> Visitor | None:
    """Whose token (Authorization: Bearer …) or session (a cookie) the REQUEST carries; None if nobody's in force.

    Errors:  Refused (401) for a header that is no such token: it is never taken for a visitor without one.
    """
    header = request.headers.get("authorization")
    if header is not None:
        kind, _, secret = header.partition(" ")
        token = store.token(secret.strip(), datetime.now(UTC)) if kind.lower() == "bearer" else None
        if token is None:
            raise Refused(401, "no token that is in force", "Authorization")
        return Visitor(Caller(f"token:{token.name}"), f"token:{token.name}", token.scope, token.purpose)
    session = session_of(request, store)
    if session is None:
        return None
    return Visitor(Caller(session.account), session.key, "all", session.purpose, session)
