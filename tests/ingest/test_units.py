"""The unit that a record names, by the directory's id."""

from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest

from ingest.units import KEY, segments
from schemas.errors import SettingsError
from schemas.people import load
from schemas.settings import PeopleSettings

UNITS = """unit,name,aliases,valid_from,valid_to
102-hemtjanst,Hemtjänst Norr,SE9999990000-102|HTN,,
103-hemtjanst,Hemtjänst Söder,SE9999990000-103,,2026-06-01
203-hemtjanst,Hemtjänst Söder,SE9999990000-103,2026-06-01,
104-sabo,Boendet,Ekbacken,,
105-sabo,Boendet,,,
106-sabo,Ekbacken,105-sabo,,
"""


def named(folder, *texts, time=datetime(2026, 3, 1, tzinfo=UTC), units=UNITS):
    """What each text becomes, by the join that events meet."""
    (folder / "units.csv").write_text(units)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("segments", segments(load(PeopleSettings(folder=folder))))
    connection.register("logged", pa.table({"actor_unit": pa.array(texts, pa.string()), "n": range(len(texts))}))
    rows = connection.sql(
        f"""SELECT coalesce(u.unit, actor_unit) AS unit FROM (SELECT *, {KEY} AS unit_key FROM logged) AS e
        LEFT JOIN segments AS u ON u.key = e.unit_key AND $time >= u.valid_from AND $time < u.valid_to ORDER BY n""",
        params={"time": time},
    ).to_arrow_table()
    assert len(rows) == len(texts)  # no row twice
    return rows["unit"].to_pylist()


def test_id_name_and_alias_in_any_case_are_the_unit(tmp_path):
    spelt = ("102-hemtjanst", "102-HEMTJANST", " hemtjänst norr ", "se9999990000-102", "HTN")
    assert named(tmp_path, *spelt) == ["102-hemtjanst"] * len(spelt)


def test_what_the_directory_does_not_know_stays_as_the_record_has_it(tmp_path):
    assert named(tmp_path, "Okända enheten", "SE9999990000-999", None) == ["Okända enheten", "SE9999990000-999", None]


def test_a_unit_that_got_another_id_is_the_one_of_that_time(tmp_path):
    assert named(tmp_path, "SE9999990000-103", "Hemtjänst Söder") == ["103-hemtjanst"] * 2
    later = datetime(2026, 6, 1, tzinfo=UTC)
    assert named(tmp_path, "SE9999990000-103", "Hemtjänst Söder", time=later) == ["203-hemtjanst"] * 2


def test_a_spelling_of_two_units_is_nobodys_and_an_id_goes_before_others_names(tmp_path):
    assert named(tmp_path, "Boendet", "Ekbacken", "105-sabo") == ["Boendet", "Ekbacken", "105-sabo"]


def test_a_directory_without_units_or_aliases_changes_nothing(tmp_path):
    assert named(tmp_path, "Norr", units="unit,name\n") == ["Norr"]
    assert named(tmp_path, "Norr", units="unit,name\nn1,Norr\n") == ["n1"]


def test_an_unknown_column_is_still_refused(tmp_path):
    with pytest.raises(SettingsError, match="unknown name"):
        named(tmp_path, "Norr", units="unit,name,alias\nn1,Norr,x\n")
