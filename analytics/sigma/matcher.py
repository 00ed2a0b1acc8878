"""Which literals the distinct values of one field hold: one pass of a multi-pattern matcher over all of them."""

import re
from collections.abc import Iterable
from typing import Any, cast

import ahocorasick_rs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.sigma.condition import Term
from analytics.sigma.pattern import lowered_values

_PIECE_BYTES = 4 << 20  # of values at a time: a match costs some 150 bytes until it is counted
_LONG_S = re.compile("\u017f".encode())  # its lower case is itself, but RE2 folds it to s
# Arrow's tables of letters are newer than DuckDB's: the blocks in which they differ (a test compares all letters).
_NEWER = re.compile(rb"\xe1\xb2|\xea\x9f|\xea\xad|\xf0[\x90\x96\x9d]")


class Matcher:
    """The literals of TESTS on one field, to be looked for together."""

    def __init__(self, tests: Iterable[Term]) -> None:
        self.tests = list(dict.fromkeys(tests))
        self._equal = {test.value: number for number, test in enumerate(self.tests) if test.kind == "is"}
        self._equal_values = pa.array(list(self._equal), pa.string())
        self._equal_numbers = np.array(list(self._equal.values()), np.int64)
        literals: dict[str, dict[str, int]] = {}
        for number, test in enumerate(self.tests):
            if test.kind != "is":
                literals.setdefault(test.value, {})[test.kind] = number
        # Of each literal the test of each kind; -1 where there is none.
        self._numbers = {
            kind: np.array([kinds.get(kind, -1) for kinds in literals.values()], np.int64)
            for kind in ("contains", "starts", "ends")
        }
        self._automaton = ahocorasick_rs.BytesAhoCorasick([text.encode() for text in literals]) if literals else None

    def passed(self, values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """Which tests which of VALUES (text, none of them NULL) pass.

        Shape:   numbers of tests, in order, and of values beside them; each pair once.

        A value that passes a test is there; what RE2 folds further than `lower` does may make one more be there.
        """
        held = lowered(values)
        tests: list[np.ndarray] = []
        places: list[np.ndarray] = []
        if self._equal:
            found = pc.index_in(held, value_set=self._equal_values)
            places.append(np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False)))
            tests.append(self._equal_numbers[found.drop_null().to_numpy()])
        if self._automaton is not None and len(held):
            offsets = np.frombuffer(held.buffers()[1], np.int64)[held.offset : held.offset + len(held) + 1]
            text = np.frombuffer(held.buffers()[2] or b"", np.uint8)
            first = 0
            while first < len(held):
                last = int(np.searchsorted(offsets, offsets[first] + _PIECE_BYTES, "right")) - 1
                last = min(max(last, first + 1), len(held))
                self._search(text, offsets[first : last + 1], first, tests, places)
                first = last
        if not tests:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        found = np.unique(np.concatenate(tests) * len(held) + np.concatenate(places))
        return found // len(held), found % len(held)

    def _search(
        self, text: np.ndarray, offsets: np.ndarray, first: int, tests: list[np.ndarray], places: list[np.ndarray]
    ) -> None:
        assert self._automaton is not None
        begin = int(offsets[0])
        found = self._automaton.find_matches_as_indexes(cast("Any", text[begin : int(offsets[-1])]), overlapping=True)
        if not found:
            return
        hits = np.array(found, np.int64)
        literal, start, end = hits[:, 0], hits[:, 1] + begin, hits[:, 2] + begin
        value = np.searchsorted(offsets, start, "right") - 1
        within = end <= offsets[value + 1]  # else it is of two values, one after the other
        for kind, fits in (
            ("contains", within),
            ("starts", within & (start == offsets[value])),
            ("ends", within & (end == offsets[value + 1])),
        ):
            number = self._numbers[kind][literal]
            chosen = fits & (number >= 0)
            tests.append(number[chosen])
            places.append(value[chosen] + first)


def lowered(values: pa.Array) -> pa.Array:
    """VALUES in lower case, as DuckDB's `lower` makes them, but the long s as s."""
    held = pc.utf8_lower(values.cast(pa.large_string()))
    text = memoryview(held.buffers()[2] or b"")
    if _NEWER.search(text):
        held = lowered_values(values)
    if _LONG_S.search(text):
        held = pc.replace_substring(held, "\u017f", "s")
    return held
