"""Logs of long-running commands: one place that sets them up, and no value in a line.

Our own messages name places and reasons. What isn't ours is told by where it came from and of what kind it is: an
exception's text, and other libraries' messages, may quote a record or an address.
"""

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType

_OURS = ("sparhund", "kafka")  # whose messages are told whole; kafka's name brokers, topics and partitions
_FRAMES = 8
log = logging.getLogger("sparhund")


def set_up(kind: str) -> None:
    """Log to standard error from now on, as lines or, of the KIND json, as an object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if kind == "json" else Plain())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(capture=True)
    log.setLevel(logging.INFO)
    sys.excepthook = _fault
    threading.excepthook = lambda args: _fault(args.exc_type, args.exc_value, args.exc_traceback)


class Plain(logging.Formatter):
    """`2026-03-01 08:14:07,123 WARNING collect.devices: lost: 3 datagrams …`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        # Python's own format, so that what reads our logs today goes on doing so.
        return f"{self.formatTime(record)} {record.levelname} {said(record)}"


class Json(logging.Formatter):
    """An object a line: time, level, logger, message."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": said(record),
        }
        return json.dumps(document, ensure_ascii=False)


def said(record: logging.LogRecord) -> str:
    """The record's message, on one line; with an exception's kind and place, if it carries one."""
    ours = record.name.partition(".")[0] in _OURS
    text = record.getMessage() if ours else f"a message of {record.name} from {record.filename}:{record.lineno}"
    if record.exc_info and record.exc_info[1] is not None:
        text += f": {fault(record.exc_info[1], record.exc_info[2])}"
    return " ".join(text.split())


def fault(error: BaseException, trace: TracebackType | None = None) -> str:
    """Of what kind ERROR is and where it came from, the innermost call last; not what it says."""
    frames = traceback.extract_tb(trace or error.__traceback__)[-_FRAMES:]
    places = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def _fault(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit) or error is None:
        return
    cause = error.__cause__ or error.__context__
    log.critical("our fault: %s%s", fault(error, trace), f"; after {fault(cause)}" if cause else "")
