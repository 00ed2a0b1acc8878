"""Records to torture with: the simulator's, each made the only one of its kind by a mark of its sender and number."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Self

from ingest.simulator.simulation import simulate

_PEOPLE = 100
_PADDED = 0.002  # of the records are long
_PAD_BYTES = (1_000, 60_000)
_COUNT = re.compile(rb"[1-9][0-9]{0,8} ?")
_MARK, _BEGUN = re.compile(rb"[a-z]+-[0-9]+p*"), re.compile(rb"[a-z]*-?")


def _json(line: bytes) -> tuple[bytes, bytes]:
    return b'{"Mark":"', b'",' + line[1:]


def _cef(line: bytes) -> tuple[bytes, bytes]:
    return line[: line.rindex(b"externalId=")] + b"externalId=", b""


def _web(line: bytes) -> tuple[bytes, bytes]:
    return line[:-1] + b" ", b'"'


# The simulator's logs: where their lines stand, what they become events by, and what stands before and after the mark.
# The mark becomes a part of the event, so no two records make equal events.
LOGS: dict[str, tuple[str, str, Callable[[bytes], tuple[bytes, bytes]]]] = {
    "m365": ("m365/*.json", "m365_audit", _json),
    "entra": ("entra/*.json", "entra_signin", _json),
    "print": ("utskrift/*.log", "cef", _cef),
    "web": ("kvarnen/*.log", "web_access", _web),
}


@dataclass(frozen=True, slots=True)
class Pool:
    """One log's records, each as what stands before and after its mark."""

    mapping: str
    parts: list[tuple[bytes, bytes]]

    @classmethod
    def of(cls, town: Path, log: str) -> Self:
        """Of the simulator's LOG below the folder TOWN."""
        pattern, mapping, split = LOGS[log]
        lines = [line for path in sorted((town / "logs").glob(pattern)) for line in path.read_bytes().splitlines()]
        return cls(mapping, [split(line) for line in lines])

    def record(self, mark: str, number: int, dice: Random) -> bytes:
        """The record of MARK, made from the pool's NUMBER-th; now and then a long one."""
        before, after = self.parts[number % len(self.parts)]
        pad = b"p" * dice.randrange(*_PAD_BYTES) if dice.random() < _PADDED else b""
        return before + mark.encode() + pad + after

    def begins(self, piece: bytes) -> bool:
        """Whether PIECE is how a record begins that was cut short."""
        counted = _COUNT.fullmatch(piece)  # the beginning of what framed a message by its length may be a message, too
        return bool(counted) or any(
            before.startswith(piece) or _rest(piece, before, after) for before, after in self.parts
        )


def _rest(piece: bytes, before: bytes, after: bytes) -> bool:
    """Whether PIECE is BEFORE and the beginning of a mark, or a whole one and the beginning of AFTER."""
    if not piece.startswith(before):
        return False
    rest = piece[len(before) :]
    mark = _MARK.match(rest)
    return after.startswith(rest[mark.end() :]) if mark else _BEGUN.fullmatch(rest) is not None


def pools(town: Path, seed: int) -> dict[str, Pool]:
    """The pools of a municipality that is simulated into the folder TOWN."""
    simulate(town, people=_PEOPLE, days=1, seed=seed)
    return {log: Pool.of(town, log) for log in LOGS}
