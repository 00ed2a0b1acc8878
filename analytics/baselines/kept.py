"""What was judged, kept beside the lake: so that a new day costs seconds.

Kept is the state at the beginning of the newest week, and the scored periods before it. It holds while the aggregates
before that week are the same (digest.sql): late data or a rederived day there makes everything be judged again.
"""

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.baselines.facts import SQL
from analytics.baselines.habits import BLOCK_DAYS, Habits
from analytics.baselines.history import HALF_LIFE_DAYS, arrays, restore
from analytics.baselines.peers import PEERS, Groups
from analytics.baselines.score import SCORED, Scorer

_HERE = Path(__file__).parent
# What another version judged is not what this one would.
VERSION = hashlib.sha256(
    "\n".join([*SQL.values(), *(path.read_text(encoding="utf-8") for path in sorted(_HERE.glob("*.py")))]).encode()
).hexdigest()[:16]


def judged(habits: Habits, folder: Path | None) -> Iterator[pa.Table]:
    """SCORED of all periods, in order, a table each or several together; FOLDER keeps what can be kept."""
    if habits.empty:
        return
    since, scorer, groups, peers, parts = _held(habits, folder) if folder is not None else _nothing(habits)
    for part in parts:
        yield pq.read_table(part, schema=SCORED)
    newest = habits.first + (habits.last - habits.first) // habits.block_periods * habits.block_periods
    before: list[pa.Table] = []
    pending = folder is not None and newest > since

    def reached(period: int) -> None:
        nonlocal pending
        if pending and period >= newest:
            assert folder is not None
            _keep(habits, folder, newest, scorer, groups, parts, before)
            pending = False
            before.clear()

    for rows in habits.scored(since, scorer, groups, peers, reached):
        if pending:
            before.append(rows)
        yield rows


def _nothing(habits: Habits) -> tuple[int, Scorer, Groups, pa.Table, list[Path]]:
    groups = Groups(HALF_LIFE_DAYS / BLOCK_DAYS)
    return habits.first, Scorer(habits.facets, habits.hours), groups, PEERS.empty_table(), []


def _held(habits: Habits, folder: Path) -> tuple[int, Scorer, Groups, pa.Table, list[Path]]:
    for path in sorted(folder.glob("*/state.json")):
        with suppress(OSError, ValueError, KeyError, pa.ArrowException):
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["version"] != VERSION or said["first"] != habits.first or said["since"] > habits.last:
                continue
            if said["digest"] != habits.digest(said["since"]) or said["facets"] != habits.facets[: len(said["facets"])]:
                continue
            _, scorer, groups, _, _ = _nothing(habits)
            with np.load(path.parent / "state.npz", allow_pickle=False) as known:
                restore(scorer, known)
                groups.sketches, groups.centres = known["group.sketches"], known["group.centres"]
            peers = pq.read_table(path.parent / "peers.parquet", schema=PEERS)
            return said["since"], scorer, groups, peers, sorted(path.parent.glob("scored-*.parquet"))
    return _nothing(habits)


def _keep(
    habits: Habits, folder: Path, since: int, scorer: Scorer, groups: Groups, parts: list[Path], scored: list[pa.Table]
) -> None:
    """Keep the state before the period SINCE, and SCORED after what the older PARTS hold; then older states go."""
    made = folder / uuid.uuid4().hex
    with suppress(OSError):  # who may only read the lake judges each time
        made.mkdir(parents=True)
        known = {
            **arrays(scorer),
            "group.sketches": groups.sketches,
            "group.centres": groups.centres,
        }
        np.savez(made / "state.npz", **known)
        pq.write_table(habits.learned, made / "peers.parquet", compression="zstd")
        for part in parts:
            (made / part.name).hardlink_to(part)
        if scored:
            pq.write_table(pa.concat_tables(scored), made / f"scored-{len(parts):04d}.parquet", compression="zstd")
        said = {
            "version": VERSION,
            "first": habits.first,
            "since": since,
            "digest": habits.digest(since),
            "facets": habits.facets,
        }
        temporary = made / "state.tmp"
        temporary.write_text(json.dumps(said), encoding="utf-8")
        temporary.replace(made / "state.json")
        for old in folder.iterdir():
            if old != made:
                shutil.rmtree(old, ignore_errors=True)
