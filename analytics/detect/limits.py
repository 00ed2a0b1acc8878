"""How a detection holds its numbers against its limits: whether more than, at least, at most or fewer than so many."""

import operator
from collections.abc import Callable, Mapping
from functools import cache

from sqlglot import exp

from analytics.detect.knowledge import detections
from schemas import portable

HOLDS: dict[str, Callable[[int, int], bool]] = {
    "more": operator.gt,
    "least": operator.ge,
    "most": operator.le,
    "fewer": operator.lt,
}
_SIGNS = {exp.GT: ("more", "fewer"), exp.GTE: ("least", "most"), exp.LTE: ("most", "least"), exp.LT: ("fewer", "more")}


@cache
def limits(detection: str) -> Mapping[str, str]:
    """The parameters of DETECTION that are limits of the numbers of their names, each with a word of HOLDS.

    Errors:  KeyError for no detection of that name.
    """
    tree = portable.hold(detections()[detection])
    found: dict[str, str] = {}
    for sign in tree.find_all(*_SIGNS):
        right, left = _SIGNS[type(sign)]
        for limit, word in ((sign.expression, right), (sign.this, left)):
            if isinstance(limit, exp.Placeholder) and limit.name in tree.named_selects:
                found.setdefault(limit.name, word)
    return found
