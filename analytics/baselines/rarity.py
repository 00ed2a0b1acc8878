"""How rare it is that somebody touches something, for the pairs that a finding or an explanation is about."""

import duckdb
import pyarrow as pa

from analytics.baselines.facts import SQL
from schemas.event import TIMESTAMP

CHOSEN = pa.schema(
    [
        pa.field("pair", pa.int64()),  # the caller's number of the pair
        pa.field("person", pa.string()),  # actor_person of the events; NULL = the account alone is known
        pa.field("account", pa.string()),  # actor_account
        pa.field("about", pa.string()),  # the subject whom the information is about, or NULL and
        pa.field("object_id", pa.string()),  # the object
        pa.field("at", TIMESTAMP),  # what came before is counted
    ]
)
RARITY = pa.schema(
    [
        pa.field("pair", pa.int64()),
        pa.field("probability", pa.float64()),  # of another actor like this one to have touched it
        pa.field("earlier", pa.int64()),  # the actor's own earlier events on it; 0 = the first time
        pa.field("others", pa.int64()),  # actors of the organisation that had touched it …
        pa.field("actors", pa.int64()),  # … of so many others
        pa.field("colleagues", pa.int64()),  # and of those of the same unit
        pa.field("members", pa.int64()),
        pa.field("days", pa.int64()),  # how long is known
        pa.field("numbers", pa.string()),  # Swedish: första gången; 3:e av 212 kollegor på 400 dagar
        pa.field("numbers_en", pa.string()),
    ]
)
_WORDS = """
SELECT pair::BIGINT AS pair, (colleagues + 5 * (others + 0.5) / (actors + 1)) / (members + 5) AS probability,
       earlier, others, actors, colleagues, members, days,
       CASE WHEN earlier = 0 THEN 'första gången' ELSE format('{} gånger tidigare', earlier) END
       || CASE WHEN members > 0 THEN format('; {} av {} kollegor på {} dagar', nth_sv(colleagues + 1), members + 1, days)
               ELSE format('; {} av {} i organisationen på {} dagar', nth_sv(others + 1), actors + 1, days) END AS numbers,
       CASE WHEN earlier = 0 THEN 'first time' ELSE format('{} times before', earlier) END
       || CASE WHEN members > 0 THEN format('; {} of {} colleagues in {} days', nth_en(colleagues + 1), members + 1, days)
               ELSE format('; {} of {} in the organisation in {} days', nth_en(others + 1), actors + 1, days) END AS numbers_en
FROM counted ORDER BY pair
"""  # noqa: E501 - SQL


def rarity(connection: duckdb.DuckDBPyConnection, chosen: pa.Table) -> pa.Table:
    """RARITY of each of the CHOSEN pairs, by what stands in `events` before each pair's instant.

    Colleagues are those last seen in the unit in which the actor was last seen; without units the organisation counts.
    """
    connection.register("chosen", chosen.cast(CHOSEN))
    try:
        connection.execute(SQL["macros"])
        counted = connection.sql(SQL["rarity"]).to_arrow_table()
        connection.register("counted", counted)
        try:
            return connection.sql(_WORDS).to_arrow_table().cast(RARITY)
        finally:
            connection.unregister("counted")
    finally:
        connection.unregister("chosen")
