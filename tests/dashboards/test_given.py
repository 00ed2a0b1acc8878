import pytest

from dashboards.given import local, swedish


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("start", "2026-03-04 18:00", "2026-03-04T18:00:00+01:00"),
        ("start", "2026-07-04T18.00.30", "2026-07-04T18:00:30+02:00"),
        ("start", "2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),
        ("stop", "2026-10-25 02:30", "2026-10-25T02:30:00+01:00"),
        ("start", "2026-03-04", "2026-03-04"),
        ("start", "2026-03-04T18:00:00Z", "2026-03-04T18:00:00Z"),
        ("start", "2026-13-04 18:00", "2026-13-04 18:00"),
        ("start", "i går", "i går"),
    ],
)
def test_a_time_without_offset_is_swedens(name: str, text: str, wanted: str) -> None:
    assert swedish(name, text) == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("start", "2026-03-06T08:00:00+00:00", "2026-03-06 09:00"),
        ("start", "2026-07-04T18:00:30+02:00", "2026-07-04 18:00:30"),
        ("start", "2026-10-25T02:30:00+02:00", "2026-10-25 02:30"),
        ("stop", "2026-10-25T02:30:00+01:00", "2026-10-25 02:30"),
        ("start", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("start", "2026-03-06T08:00:00.000001Z", "2026-03-06T08:00:00.000001Z"),
        ("start", "0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00+02:00"),
        ("start", "2026-03-04", "2026-03-04"),
        ("start", "i går", "i går"),
    ],
)
def test_an_instant_is_shown_as_it_is_written_where_that_means_the_same(name: str, text: str, wanted: str) -> None:
    assert local(name, text) == wanted
