"""Times of a table's file: whole columns are read as each cell is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import tablefile
from schemas.errors import SettingsError
from schemas.tables import CONTEXT

ABSENCE = next(table for table in CONTEXT if table.name == "absence")
FORMS = (
    *("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.5"),
    *("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S+02:00", "%Y-%m-%dT%H:%M:%S-0530"),
)
times = st.datetimes(datetime.fromisoformat("1800-01-01"), datetime.fromisoformat("2400-01-01"))


def texts():
    return st.builds(lambda when, form: when.strftime(form), times, st.sampled_from(FORMS))


def read(folder, column):
    path = folder / "absence.csv"
    path.write_text("person,valid_from\n" + "".join(f"p,{text}\n" for text in column))
    return tablefile.read(ABSENCE, path)["valid_from"]


@settings(deadline=None)
@given(st.lists(texts(), min_size=1, max_size=20))
def test_a_column_of_times_is_read_as_each_cell_is(tmp_path_factory, column):
    found = read(tmp_path_factory.mktemp("times"), column)
    assert found.to_pylist() == [tablefile.parse_time(text) for text in column]


def test_the_hour_that_comes_twice_is_its_later_one_and_an_instant_is_itself(tmp_path):
    found = read(tmp_path, ["2026-10-25 02:30", "2026-10-25T02:30:00+02:00", "9999-12-31T00:00Z"])
    assert found.to_pylist() == [
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    "wrong", ["0001-01-01", "2026-02-30", "2026-02-30T08:00Z", "2026-03-01T25:00", "9999-12-31T23:30-0100"]
)
def test_a_time_that_does_not_exist_is_named_by_row(tmp_path, wrong):
    with pytest.raises(SettingsError, match="row 4: valid_from: there is no such date or time"):
        read(tmp_path, ["2026-03-01", "2026-03-01T08:00Z", wrong])
