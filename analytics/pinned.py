"""Events by their ids: those that somebody pinned, wherever they stand, also outside what was asked for."""

from collections.abc import Collection
from datetime import UTC, datetime

import pyarrow as pa

from analytics import views
from analytics.acts import Act
from analytics.answer import hold_purpose, hold_texts
from analytics.caller import Caller, caller
from analytics.installation import Installation
from analytics.narrow import Need
from analytics.question import columns, question
from analytics.record import ADDRESS
from schemas.errors import QuestionError
from schemas.sqltext import literal


def pinned(
    home: Installation,
    workbench: str,
    events: Collection[str],
    *,
    purpose: str | None = None,
    who: Caller | None = None,
) -> pa.Table:
    """EVENTS (their ids) that are pinned on WORKBENCH, as the question `timeline` has them: those that the lake has.

    Only the files that may hold them are read. Who asks and why is recorded, as for a question about a person.

    Errors:  QuestionError for what is no event's id, or without a purpose; LakeError as for questions.
    """
    who = who or caller()
    addresses = [ADDRESS.fullmatch(each) for each in events]
    if None in addresses:
        raise QuestionError("pinned", "event_id", "is no event's id")
    about = {"workbench": workbench, "events": sorted(events)}
    hold_texts("pinned", about)
    hold_purpose(home.settings, "pinned", purpose)
    act = Act(home=home, who=who, question="pinned", params=about, purpose=purpose)
    with act.asked(datetime.now(UTC)):
        places = {(each["shard"], int(each["position"])) for each in addresses if each}
        relation = home.narrowed([Need(address=place) for place in places])
        # By the position too, since it alone tells which parts of a file are looked through.
        positions = ", ".join(str(position) for _, position in sorted(places))
        ids = ", ".join(literal(each) for each in sorted(events))
        named = ", ".join("time AS time_utc" if name == "time_utc" else name for name in columns(question("timeline")))
        with home.connect() as connection:
            views.scoped(connection, who, relation, home.tables(), ())
            found: pa.Table = connection.sql(
                f"SELECT {named} FROM events WHERE position IN ({positions}) AND event_id IN ({ids})"
                " ORDER BY time_utc, event_id"
            ).to_arrow_table()
    act.write("answered", datetime.now(UTC), len(found))
    return found
