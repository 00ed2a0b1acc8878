from datetime import UTC, datetime

import pyarrow as pa

from analytics.baselines import rarity
from analytics.baselines.rarity import CHOSEN

AT = datetime(2026, 3, 11, tzinfo=UTC)


def read(account, day, unit, **more):
    return {"time": f"2026-03-{day:02d}T10:00:00+00:00", "actor_account": account, "actor_unit": unit, **more}


def test_the_third_of_five_colleagues_for_the_first_time(connected):
    given = [read(f"n{n}", 1, "norr", object_id="own") for n in range(5)]
    given += [
        read("n1", 2, "norr", subject="p_1"),
        read("n2", 3, "norr", subject="p_1"),
        read("s1", 3, "syd", subject="p_1"),
    ]
    given += [read("n3", 12, "norr", subject="p_1")]  # after the instant
    chosen = [
        {"pair": 7, "account": "N0", "about": "p_1", "at": AT},
        {"pair": 8, "account": "n1", "about": "p_1", "at": AT},
        {"pair": 9, "account": "s1", "object_id": "own", "at": AT},
    ]
    rows = rarity(connected(given), pa.Table.from_pylist(chosen, CHOSEN)).to_pylist()
    assert [row["numbers"] for row in rows] == [
        "första gången; 3:e av 5 kollegor på 11 dagar",
        "1 gånger tidigare; 2:a av 5 kollegor på 11 dagar",
        "första gången; 6:e av 6 i organisationen på 11 dagar",
    ]
    first = rows[0]
    assert (first["earlier"], first["others"], first["actors"], first["colleagues"], first["members"]) == (
        0,
        3,
        5,
        2,
        4,
    )
    # 2 of 4 colleagues, leaning on 3.5 of 6 in the organisation as if on five more
    assert first["probability"] == (2 + 5 * 3.5 / 6) / 9
    assert rows[0]["numbers_en"] == "first time; 3rd of 5 colleagues in 11 days"


def test_nothing_known_is_no_error(connected):
    chosen = pa.Table.from_pylist([{"pair": 1, "account": "a", "about": "p_1", "at": AT}], CHOSEN)
    [row] = rarity(connected([read("a", 12, None)]), chosen).to_pylist()
    assert (row["earlier"], row["others"], row["actors"], row["members"]) == (0, 0, 0, 0)
