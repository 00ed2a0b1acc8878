"""Requests that aren't answered: one shape for all of them, which names a field and a reason and never a value."""

import logging
import secrets
import traceback

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from schemas.errors import LimitError, QuestionError, SparhundError

log = logging.getLogger("sparhund.serve")


# What the command line advises of a personal number, and what a program does instead.
_TYPED, _POSTED = "give `-` and type it on standard input", "post it in a body, as `subject` or `subjects`"


class Refused(Exception):  # noqa: N818 - the answer that it becomes
    """STATUS with ERROR, and the FIELD that it is about.

    RETRY_S: when to try again. ALLOW: the methods that there are. CLOSE: what else comes on the connection isn't read.
    """

    def __init__(
        self,
        status: int,
        error: str,
        field: str | None = None,
        *,
        retry_s: int | None = None,
        allow: str = "",
        close: bool = False,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.field = field
        self.retry_s = retry_s
        self.allow = allow
        self.close = close

    @property
    def body(self) -> dict[str, str | int | None]:
        """As the API tells it."""
        return {"error": self.error.replace(_TYPED, _POSTED), "field": self.field, "status": self.status}

    @property
    def headers(self) -> dict[str, str]:
        """That go with it."""
        retry = "" if self.retry_s is None else str(self.retry_s)
        who = "Bearer" if self.status == 401 else ""  # noqa: PLR2004
        found = {"Retry-After": retry, "WWW-Authenticate": who, "Allow": self.allow}
        found["Connection"] = "close" if self.close else ""
        return {name: value for name, value in found.items() if value}


_WORDS = {404: "there is nothing here", 405: "this method is not for this address"}


def refused(error: Exception) -> Refused:  # noqa: PLR0911 - a line for each kind
    """What ERROR is to who asked. What nobody foresaw is logged under a number, and only that is told."""
    match error:
        case Refused():
            return error
        case ClientDisconnect():
            return Refused(400, "was broken off", "body")
        case HTTPException():
            words = _WORDS.get(error.status_code, error.detail.lower())
            return Refused(error.status_code, words, allow=(error.headers or {}).get("Allow", ""))
        case QuestionError() if error.reason.startswith("there is no"):
            return Refused(404, error.reason, error.field)
        case QuestionError():
            return Refused(400, error.reason, error.field)
        case LimitError():
            return Refused(422, str(error))
        case SparhundError():
            # Settings, SQL files or the lake: its text may name a path of the server, and is for who looks after it.
            log.error("could not answer: %s", error)
            return Refused(503, "the lake can't answer now; who looks after sparhund finds why in its log", retry_s=10)
        case _:
            incident = secrets.token_hex(4)
            # Not what it says: that may hold a value of a record.
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("incident %s: %s\n%s", incident, type(error).__name__, frames)
            return Refused(500, f"something went wrong here; tell who looks after sparhund: incident {incident}")
