"""What the lake already holds of indicators that are new: the events that they mean, before all is judged again."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analytics import views
from analytics.caller import Caller
from analytics.question import arguments
from ingest.lake import Lake
from schemas.sqlfile import load

MEMORY_BYTES = 1 << 30  # of DuckDB; what is more spills into the lake's folder
_DETECTION = Path(__file__).parent.parent / "detections" / "intelligence" / "indicator_seen.sql"


@dataclass(frozen=True, slots=True)
class Past:
    """How many events hold one of the indicators, and an instant before the first of them; None = no event does."""

    events: int
    since: datetime | None


def look(root: Path, indicators: pa.Table) -> Past:
    """Look for INDICATORS, rows of that relation, in all events of the lake in the folder ROOT.

    Errors:  LakeError if the lake can't be read.
    """
    lake = Lake.open(root)
    table = lake.table("normalised")
    if not len(indicators) or not table.files:
        return Past(0, None)
    file = load(_DETECTION, "detection")
    connection = views.connect(MEMORY_BYTES, spill=lake.scratch)
    try:
        views.scoped(
            connection, Caller("intelligence"), table.scan(), {"indicators": indicators}, {"observables", "indicators"}
        )
        found = connection.sql(file.sql, params=arguments(file, {}) or None).to_arrow_table()
    finally:
        connection.close()
    if not len(found):
        return Past(0, None)
    events = len(pc.unique(pc.list_flatten(found["evidence"])))
    day = pc.min(found["local_day"]).as_py()
    return Past(events, datetime.combine(day, time(), UTC) - timedelta(days=1))
