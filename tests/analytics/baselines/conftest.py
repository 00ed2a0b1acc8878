from datetime import UTC, datetime

import pyarrow as pa
import pytest

from analytics import views
from analytics.caller import Caller
from schemas.event import NORMALISED


def normalised(rows):
    """Rows of `normalised` from dicts; `time` is ISO text."""
    given = [
        {
            "kind": "event",
            "source": "s",
            "shard": "s",
            "position": number,
            "part": 0,
            "outcome": "success",
            "action": "read",
        }
        | row
        | {"time": datetime.fromisoformat(row["time"]).astimezone(UTC)}
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(given, NORMALISED)


def connected_to(rows):
    """A connection with the events of ROWS, given as dicts or as a table."""
    table = rows if isinstance(rows, pa.Table) else normalised(rows)
    return views.scoped(views.connect(threads=1), Caller("t"), table, {})


@pytest.fixture
def connected():
    return connected_to
