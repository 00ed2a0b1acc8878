"""What people decide about findings: a row each, never changed."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.acts import Act
from analytics.answer import hold_texts
from analytics.caller import Caller, caller
from analytics.detect.findings import written
from analytics.installation import Installation
from ingest.lake import Lake, engine
from schemas.errors import QuestionError
from schemas.finding import DECISION, VERDICTS


def decide(
    home: Installation,
    finding: str,
    verdict: str,
    reason: str,
    *,
    now: datetime | None = None,
    who: Caller | None = None,
) -> None:
    """Record that WHO decided VERDICT (schemas.finding.VERDICTS) about FINDING, for REASON.

    Errors:  QuestionError for a finding that isn't there, another verdict, no reason, or a personal number in it;
             LakeError if it can't be recorded.
    """
    now, who = now or datetime.now(UTC), who or caller()
    hold_texts("decide", {"finding": finding, "reason": reason})
    if verdict not in VERDICTS:
        raise QuestionError("decide", "verdict", f"want one of {', '.join(VERDICTS)}")
    if not reason.strip():
        raise QuestionError("decide", "reason", "is empty")
    lake = Lake.open(home.root)
    held = written(lake, "findings")
    if not pc.any(pc.equal(held["finding"], finding)).as_py():
        raise QuestionError("decide", "finding", "there is no finding of that id")
    act = Act(home=home, who=who, question="decide", params={"finding": finding, "verdict": verdict}, purpose=reason)
    act.write("decided", now)
    row = {"finding": finding, "decided": now, "decided_by": who.name, "verdict": verdict, "reason": reason.strip()}
    table = lake.table("decisions")
    table.append([table.write(pa.Table.from_pylist([row], DECISION))])


def history(home: Installation, finding: str) -> list[dict[str, Any]]:
    """Every decision about FINDING, the latest first: rows of schemas.finding.DECISION."""
    table = Lake.open(home.root).table("decisions")
    which = f"SELECT * FROM {table.scan()} WHERE finding = $finding ORDER BY decided DESC, decided_by, verdict, reason"
    connection = engine()
    try:
        found: list[dict[str, Any]] = (
            connection.sql(which, params={"finding": finding}).to_arrow_table().cast(DECISION).to_pylist()
        )
    finally:
        connection.close()
    return found
