"""Who resembles whom, learned week by week from what they touch: nothing later than the week's beginning is used."""

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

WIDTH = 256  # of an actor's sketch
MEMBERS = 40  # in a group, about
_ROUNDS_FIRST, _ROUNDS = 10, 3
PEERS = pa.schema([("block", pa.int32()), ("actor", pa.int32()), ("peer_group", pa.int32())])
Sketch = NDArray[np.float32]


class Groups:
    """Sketches of what actors touched (decayed by half in HALF_LIFE weeks), and the groups' centres.

    A sketch adds up a random sign in a random place of WIDTH for each thing, so that sketches are alike as far as
    things are the same. Memory: 1 KiB an actor.
    """

    def __init__(self, half_life_weeks: float) -> None:
        self.sketches: Sketch = np.zeros((0, WIDTH), np.float32)
        self.centres: Sketch = np.zeros((0, WIDTH), np.float32)
        self.keep = 0.5 ** (1 / half_life_weeks)

    def fade(self, weeks: int) -> None:
        """So many WEEKS have passed."""
        self.sketches = (self.sketches * self.keep**weeks).astype(np.float32)

    def see(self, actors: NDArray[np.int64], places: NDArray[np.int64], signs: Sketch, everybody: int) -> None:
        """A week's things: at PLACES of the sketches of ACTORS; there are EVERYBODY actors until now."""
        grown = np.zeros((everybody, WIDTH), np.float32)
        grown[: len(self.sketches)] = self.sketches
        grown += (
            np.bincount(actors * WIDTH + places, signs, everybody * WIDTH).reshape(everybody, WIDTH).astype(np.float32)
        )
        self.sketches = grown

    def groups(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Each actor with a sketch, and its group. Groups keep their numbers from week to week."""
        actors = np.flatnonzero(np.abs(self.sketches).sum(1) > 0)
        if not len(actors):
            return actors, actors
        rows = _unit(self.sketches[actors])
        rows = _unit(rows - rows.mean(0))  # what everybody touches tells nobody apart
        first = not len(self.centres)
        self._seed(rows, max(1, len(actors) // MEMBERS))
        for _ in range(_ROUNDS_FIRST if first else _ROUNDS):
            group = (rows @ self.centres.T).argmax(1)
            sums = np.zeros_like(self.centres)
            np.add.at(sums, group, rows)
            self.centres = np.where(np.abs(sums).sum(1, keepdims=True) > 0, _unit(sums), self.centres)
        return actors, (rows @ self.centres.T).argmax(1)

    def _seed(self, rows: Sketch, wanted: int) -> None:
        """New centres where no old one is near."""
        centres = list(self.centres) or [rows[0]]
        nearest = (rows @ np.array(centres).T).max(1)
        while len(centres) < wanted:
            centres.append(rows[nearest.argmin()])
            nearest = np.maximum(nearest, rows @ centres[-1])
        self.centres = np.array(centres, np.float32)


def _unit(rows: Sketch) -> Sketch:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(length, 1e-9), np.float32)


def learn(
    connection: duckdb.DuckDBPyConnection, sql: str, params: dict[str, Any], groups: Groups, before: pa.Table
) -> pa.Table:
    """The peer group of every actor in each block that has events (PEERS), after the rows BEFORE; GROUPS learns.

    SQL gives block, actor, place, sign and everybody (how many actors there were at the block's end), by block, from
    PARAMS' block_since on. The blocks between are only time that passes: a wrong clock may put centuries between two.
    The last block teaches nothing yet; GROUPS stands at its beginning.
    """
    rows = connection.sql(sql, params=params).to_arrow_table()
    block, actor, place, everybody = (
        rows[name].to_numpy().astype(np.int64) for name in ("block", "actor", "place", "everybody")
    )
    sign = rows["sign"].to_numpy().astype(np.float32)
    found = [before]
    at = params["block_since"]
    blocks = np.unique(block).tolist()
    for number in blocks:
        if number > at:
            groups.fade(number - at)
            at = number
            # What the weeks before taught is known in this one.
            actors, group = groups.groups()
            columns = [np.full(len(actors), at, np.int32), actors.astype(np.int32), group.astype(np.int32)]
            found.append(pa.table(columns, schema=PEERS))
        if number < blocks[-1]:
            first, last = np.searchsorted(block, [number, number + 1])
            chosen = slice(int(first), int(last))
            groups.see(actor[chosen], place[chosen], sign[chosen], int(everybody[first]))
    return pa.concat_tables(found)
