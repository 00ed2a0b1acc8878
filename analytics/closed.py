"""Parameters whose values are closed, by name: the words there are, the form of each value, or the numbers from and to.

With a word that there isn't nothing would be found, which looks like an answer. What a municipality names itself
(systems, units, kinds of objects, Sigma rules) is never closed: a log may tell of what no register knows.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from analytics.calendar import calendar
from analytics.detect.attack import tactics
from schemas.errors import QuestionError
from schemas.finding import HANDLINGS, SEVERITIES, STATES, VERDICTS
from schemas.sqlfile import Param
from schemas.vocabulary import ACTIONS, ACTOR_KINDS, KINDS, OUTCOMES, PROVES


@dataclass(frozen=True, slots=True)
class Form:
    """What each value looks like: a pattern, as JSON Schema and Python both read it, and in words with an example.

    Each is as long as the example: where Python's `$` matches, a newline may follow.
    """

    pattern: str
    said: str
    example: str


# Years that Python knows of, whatever month follows or zone they are told in.
FORMS = {"month": Form(r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$", "a month", "2026-03")}
# The least and the most.
NUMBERS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("k", "r", "t", "level"), (0, 3)),
    **dict.fromkeys(("risk", "least"), (0, 1_000)),
    **dict.fromkeys(("from_hour", "to_hour"), (0, 24)),
    "local_hour": (0, 23),
    "local_weekday": (1, 7),
}
_MOST = {"INTEGER": 2**31 - 1, "BIGINT": 2**63 - 1}


# Of a TEXT, or each of a TEXT[].
_WORDS: dict[str, Callable[[Param], Iterable[str]]] = {
    "action": lambda _: ACTIONS,
    "outcome": lambda _: OUTCOMES,
    "proves": lambda _: PROVES,
    "actor_kind": lambda _: ACTOR_KINDS,
    "severity": lambda _: SEVERITIES,
    "handling": lambda _: HANDLINGS,
    "state": lambda _: STATES,
    "verdict": lambda param: VERDICTS if param.required else (*VERDICTS, "open"),  # a decision is none that is open
    "tactic": lambda _: tactics().values(),
    "kind": lambda _: (kind for kind in KINDS if kind != "event"),  # of what became no event
    "found_by": lambda _: ("subject", "object"),
    "why": lambda _: ("holiday", "weekend", "hour"),
    "holiday": lambda _: [str(name) for name in calendar()["holiday"]],
}


@cache
def words(param: Param) -> tuple[str, ...]:
    """The words that PARAM, or each value of it, may be; none if they aren't closed."""
    if param.type not in {"TEXT", "TEXT[]"} or param.name not in _WORDS:
        return ()
    return tuple(dict.fromkeys(_WORDS[param.name](param)))


def form(param: Param) -> Form | None:
    """The form of PARAM's values; None if any will do."""
    return FORMS.get(param.name) if param.type in {"TEXT", "TEXT[]"} else None


def bounds(param: Param) -> tuple[int, int] | None:
    """The least and the most that a whole number may be; None if PARAM is none."""
    return NUMBERS.get(param.name, (0, _MOST[param.type])) if param.type in _MOST else None


def said(param: Param) -> str | None:
    """What PARAM may be, as a refusal says it; None if that isn't closed."""
    if named := words(param):
        return f"one of {', '.join(named)}"
    if shape := form(param):
        return f"{shape.said}: {shape.example}"
    if numbers := bounds(param):
        return "a number from {} to {}".format(*numbers)
    return None


def hold(place: str, param: Param, value: Any) -> None:
    """Hold VALUE (of a list: each) to what PARAM may be. Errors: QuestionError, which never holds the value."""
    named, shape, numbers = words(param), form(param), bounds(param)
    if (
        (named and value not in named)
        or (shape and not re.fullmatch(shape.pattern, str(value)))
        or (numbers and not numbers[0] <= value <= numbers[1])
    ):
        raise QuestionError(place, param.name, f"want {said(param)}")
