"""Requests to Microsoft's services: patient when they throttle or fail, and by their clock.

Source: "Microsoft Graph throttling guidance"; "Office 365 Management Activity API reference", Errors; RFC 9110, 10.2.3.
"""

import contextlib
import json
import logging
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx

from ingest.sources.polling import PollFailed

TRIES = 5  # of one request; then the poll has failed, and another begins later
BACKOFF_S = 1.0  # between the first two of them, if nobody says
LONGEST_S = 3600.0  # we wait no longer, whatever a service says
WHOLE_S = 900.0  # an answer

_STEADY = timedelta(seconds=2)  # a clock that is told in whole seconds, and some time after it was read
_BELIEVED = timedelta(days=3660)

DOCUMENT_BYTES = 64 << 20  # an answer that is read as a whole is no longer
_REFUSAL_BYTES = 64 << 10
_TOOK_TOO_LONG = httpx.codes.REQUEST_TIMEOUT
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "sparhund"}
_CODE = re.compile(r"[\w.]{1,64}", re.ASCII)

T = TypeVar("T")
Read = Callable[[httpx.Response], T]


class Garbled(Exception):  # noqa: N818 - what it is
    """An answer that isn't what it says: cut, damaged, not JSON. `reason` names no value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refusal(Exception):  # noqa: N818 - what it is
    """A service said no, and asking again won't help. `code` is the word of its error, such as AF20022."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code

    def failed(self, what: str) -> PollFailed:
        """That WHAT was refused, for whoever can do no more about it."""
        return PollFailed(f"{what}: answered {self.status} {self.code}".rstrip())


class Unreadable(PollFailed):
    """An answer was Garbled each time."""


class Line:
    """The way to the services, for many threads at once. LOCAL is our own clock."""

    def __init__(self, timeout_s: float, local: Callable[[], datetime]) -> None:
        self.stopped = threading.Event()
        self.skew = timedelta()  # what must be added to our clock to get theirs
        self._timeout_s = timeout_s
        self._local = local
        self._not_before: dict[str, float] = {}  # by host: it told us to wait until then
        self._http: httpx.Client | None = None
        self._lock = threading.Lock()
        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs each address

    def now(self) -> datetime:
        """The time by the services' clock, as they told it last."""
        return self._local() + self.skew

    def close(self) -> None:
        """End all connections. The next request opens new ones."""
        with self._lock:
            http, self._http = self._http, None
        if http:
            http.close()

    def send(self, request: httpx.Request, read: Read[T]) -> T:
        """What READ makes of the answer to REQUEST, which is sent again while that may help.

        Errors:  Refusal; PollFailed when it was tried often enough, or we are told to stop.
        """
        failed = PollFailed("")
        for attempt in range(TRIES):
            self._wait(self._not_before.get(request.url.host, 0.0) - time.monotonic())
            pause_s = random.uniform(0.5, 1) * BACKOFF_S * 2**attempt  # noqa: S311 - so that not all come at once
            try:
                response = self._begin(request)
                try:
                    if response.is_success:
                        return read(response)
                    refusal = Refusal(response.status_code, _code(response))
                finally:
                    response.close()
            except (httpx.TransportError, httpx.DecodingError) as error:
                failed = PollFailed(f"{request.url.host}: {_lost(error)}")
            except Garbled as garbled:
                failed = Unreadable(f"{request.url.host}: {garbled.reason}")
            else:
                throttled = refusal.status == httpx.codes.TOO_MANY_REQUESTS or refusal.code == "AF429"
                again = refusal.status >= httpx.codes.INTERNAL_SERVER_ERROR or refusal.status == _TOOK_TOO_LONG
                if not throttled and not again:
                    raise refusal
                said_s = self._retry_after(response)
                if throttled or said_s is not None:
                    pause_s = pause_s if said_s is None else said_s
                    self._not_before[request.url.host] = time.monotonic() + pause_s
                failed = PollFailed("throttled", pause_s) if throttled else refusal.failed(request.url.host)
            if attempt < TRIES - 1:
                self._wait(pause_s)
        raise failed

    def _begin(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            if self._http is None:
                self._http = httpx.Client(timeout=self._timeout_s)
            http = self._http
        for name, value in _HEADERS.items():
            request.headers.setdefault(name, value)
        try:
            response = http.send(request, stream=True)
        except RuntimeError:  # closed meanwhile
            raise PollFailed("broken off") from None
        with contextlib.suppress(ValueError, OverflowError):
            skew = parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC) - self._local()
            if _STEADY < abs(skew - self.skew) < _BELIEVED:
                self.skew = skew
        return response

    def _retry_after(self, response: httpx.Response) -> float | None:
        """How many seconds the answer tells to wait: a number, or a date by its own clock."""
        said = response.headers.get("retry-after", "").strip()
        try:
            seconds = float(said)
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(said).astimezone(UTC) - self.now()).total_seconds()
            except (ValueError, OverflowError):
                return None
        return min(max(seconds, 0.0), LONGEST_S) if seconds == seconds else None  # noqa: PLR0124 (not a number)

    def _wait(self, seconds: float) -> None:
        if self.stopped.is_set() or (seconds > 0 and self.stopped.wait(seconds)):
            raise PollFailed("broken off")


def whole(response: httpx.Response, most: int) -> bytes:
    """The body of an answer. Errors: Garbled for more than MOST bytes."""
    body = bytearray()
    for piece in pieces(response):
        body += piece
        if len(body) > most:
            raise Garbled("an answer that is too long")
    return bytes(body)


def document(body: bytes) -> Any:
    """BODY as JSON. Errors: Garbled."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Garbled("the answer is no JSON, or was cut") from None


def pieces(response: httpx.Response) -> Iterator[bytes]:
    """The body of an answer, decompressed. Errors: httpx.TransportError, also if it takes too long in all."""
    until = time.monotonic() + WHOLE_S
    for piece in response.iter_bytes():
        yield piece
        if time.monotonic() > until:
            raise httpx.ReadTimeout("")


def _code(response: httpx.Response) -> str:
    """What the body of a refusal calls it; never more of it, since messages repeat what they refuse."""
    try:
        said = json.loads(whole(response, _REFUSAL_BYTES))
        code = said["error"]["code"] if isinstance(said["error"], dict) else said["error"]
        numbers = [f"AADSTS{int(number)}" for number in said.get("error_codes", [])]
    except (Garbled, ValueError, KeyError, TypeError, RecursionError):
        return ""
    return " ".join([code, *numbers]) if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _lost(error: httpx.TransportError | httpx.DecodingError) -> str:
    """Why there was no whole answer."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "its certificate is not trusted"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
        return "the answer was cut or damaged"
    return "no connection"
