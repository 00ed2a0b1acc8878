"""What the risk of a finding is made of, and what a decision did to the risk of others: from what is stored."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from analytics.installation import Installation

_MACROS = Path(__file__).with_name("risk.sql")
_PARTS = """
SELECT risk_base($severity) AS base, risk_telling($facts, $about, $events, $explained) AS telling,
       try_cast(json_extract_string($facts, '$.telling') AS DOUBLE) IS NOT NULL AS own,
       CAST(risk_colleagues($facts) AS BIGINT) AS colleagues, CAST(risk_power($about) AS DOUBLE) AS power,
       CAST(risk_harm($level) AS DOUBLE) AS harm,
       CAST(risk_factor($like_justified, $like_unjustified, $same_justified, $same_unjustified) AS DOUBLE) AS factor
"""
_COUNTED = ("like_justified", "like_unjustified", "same_justified", "same_unjustified")
_GIVEN = ("facts", "about", "events", "explained", *_COUNTED)
# Of the findings of the same rule the lists withhold some groups, which `findings` of the lake has.
_WITHOUT = """
WITH grouped AS (
  SELECT finding, arg_max(group_key, run) AS group_key FROM {findings} WHERE detection = $detection GROUP BY finding
),
counted AS (
  SELECT s.*, s.like_justified - CASE WHEN $justified THEN 1 ELSE 0 END AS like_j,
         s.like_unjustified - CASE WHEN $justified THEN 0 ELSE 1 END AS like_u,
         s.same_justified - CASE WHEN $justified AND g.group_key = $group THEN 1 ELSE 0 END AS same_j,
         s.same_unjustified - CASE WHEN NOT $justified AND g.group_key = $group THEN 1 ELSE 0 END AS same_u
  FROM listed AS s JOIN grouped AS g USING (finding)
  WHERE s.finding <> $finding
),
judged AS (
  SELECT *, risk_factor(like_j, like_u, same_j, same_u) AS factor, risk_harm(greatest(k, r, t)) AS harm,
         risk_moved(found_risk, harm, factor) AS risk_without
  FROM counted
)
SELECT finding, month, actor_person, actor_account, risk_without, risk FROM judged
WHERE risk <> risk_without ORDER BY abs(risk - risk_without) DESC, finding
"""
MOVES = frozenset({"justified", "unjustified"})  # the verdicts that move other findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a risk as a run wrote it: 1000 x `harm` x the share that its odds are.

    The odds are `base` x `telling` to the `power` / (1 + `colleagues`) to the `power` / (1 + `alike`). How many
    findings for 1,000 staff are `alike` isn't stored: it is what the others leave, from least to most, since a risk is
    a whole number. Where the rule's severity isn't known, or doesn't give the number, `base` and `alike` are None, and
    `remains` is what both made together. `own`: the rule itself counted what tells. Decisions of other findings made
    the odds `factor` times as high.
    """

    base: float | None
    telling: float
    own: bool
    colleagues: int
    power: float
    alike: tuple[float, float] | None
    remains: float
    level: int | None
    harm: float
    factor: float


def parts(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any], severity: str | None) -> Parts:
    """Those of ROW, a finding as `explain` tells it, whose rule has SEVERITY (None: it isn't known)."""
    level = max((row[name] for name in ("k", "r", "t") if row[name] is not None), default=None)
    given = {name: row[name] for name in _GIVEN} | {"severity": severity or "low", "level": level}
    connection.execute(_MACROS.read_text(encoding="utf-8"))
    found: dict[str, Any] = connection.sql(_PARTS, params=given).to_arrow_table().to_pylist()[0]
    told = (found["telling"] / (1 + found["colleagues"])) ** found["power"]
    most, odds, least = (_odds((row["found_risk"] + off) / (1000 * found["harm"])) for off in (-0.5, 0, 0.5))
    base = found.pop("base")
    alike = (max(0.0, base * told / least - 1), base * told / most - 1 if most else math.inf)
    known = severity is not None and alike[1] >= 0
    return Parts(
        **found, level=level, base=base if known else None, alike=alike if known else None, remains=odds / told
    )


def _odds(share: float) -> float:
    """Those of a SHARE that was rounded: from 0 to without end."""
    return 0.0 if share <= 0 else math.inf if share >= 1 else share / (1 - share)


def moved_by(home: Installation, row: Mapping[str, Any], verdict: str) -> pa.Table:
    """The other findings whose risk is another since ROW, a finding as `explain` tells it, was decided to be VERDICT.

    Columns finding, month, actor_person, actor_account, risk_without (what it would be without that decision) and
    risk; what is moved most first. VERDICT is its last decision, and one of MOVES.
    """
    listed = home.tables(("findings",))["findings"]
    with home.connect() as connection:
        connection.execute(_MACROS.read_text(encoding="utf-8"))
        connection.register("listed", listed.filter(pc.equal(listed["detection"], row["detection"])))
        given = {"finding": row["finding"], "detection": row["detection"], "group": row["group_key"]}
        found: pa.Table = connection.sql(
            _WITHOUT.format(findings=home.relation("findings")), params=given | {"justified": verdict == "justified"}
        ).to_arrow_table()
    return found


def like_it(home: Installation, row: Mapping[str, Any]) -> tuple[int, int]:
    """How many other findings the rule of ROW has given, and how many of them are known to be of its group."""
    listed = home.tables(("findings",))["findings"]
    like = listed.filter(
        pc.and_(pc.equal(listed["detection"], row["detection"]), pc.not_equal(listed["finding"], row["finding"]))
    )
    return len(like), pc.sum(pc.equal(like["group_key"], row["group_key"])).as_py() or 0
