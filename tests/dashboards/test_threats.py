"""The sentences of the threat picture say what its numbers say, and nothing more."""

from datetime import date

import pytest

from dashboards.threats import EVERY, EXPOSURE, Picture, Sentence, months, picture, summary
from dashboards.web.render import words


def row(controller, measure, name, number, before=None, before_month="2026-02", overall=None, overall_before=None):
    return {
        "month": "2026-03", "before_month": before_month, "controller": controller, "measure": measure, "name": name,
        "number": number, "before": before, "overall": number if overall is None else overall,
        "overall_before": before if overall_before is None else overall_before, "at_utc": None, "judged": True,
    }  # fmt: skip


ROWS = [
    row("SN", "decision", "open", 3, 1),
    row("SN", "decision", "justified", 1),
    row("BN", "decision", "open", 1, 4),
    row("SN", "scenario", "self_access", 3),
    row("BN", "scenario", "brute_force", 1),
    row("SN", "access", "judged", 1000, 10),
    row("SN", "access", "explained", 999, 5),
    row("BN", "access", "judged", 10),
    row("BN", "access", "explained", 5),
    row(None, "exposure", "silent_source", 1),
    row("SN", "exposure", "unread_asset", 2),
    row(None, "exposure", "unread_asset", 0, overall=2),
    row(None, "exposure", "dormant_duty", 0),
    row(None, "exposure", "leaver_account", None),
]


def checked(*but) -> list:
    """The rows of what was looked for and is nowhere, as the question has them; those of BUT couldn't be checked."""
    return [row(None, "exposure", name, None if name in but else 0) for name in EXPOSURE]


def told(rows, one=None, **said) -> dict[str, tuple]:
    found = picture(rows, one)
    assert found
    sentences = list(
        summary(
            found,
            said.get("severe", 0),
            now=said.get("now", "2026-04"),
            faults=said.get("faults", False),
            ends=said.get("ends"),
        )
    )
    parts = [part for each in sentences for given in each.given if isinstance(given, tuple) for part in given]
    for each in (*sentences, *(part for part in parts if isinstance(part, Sentence))):
        assert f"threats.say.{each.key}" in words()
    return {each.key: each.given for each in sentences}


def things(**numbers) -> tuple[Sentence, ...]:
    return tuple(Sentence(name, (number,)) for name, number in numbers.items())


@pytest.mark.parametrize(
    ("ends", "whole"),
    [(date(2026, 3, 15), False), (date(2026, 3, 31), True), (date(2026, 4, 2), True), (None, True)],
)
def test_a_month_in_which_the_logs_end_is_told_not_to_be_whole(ends, whole):
    assert ("cut_short" in told(ROWS, ends=ends)) != whole


def test_a_month_beside_the_one_before():
    assert told(ROWS, severe=2) == {
        "findings": ("2026-03", 5, 2),
        "as_many": (0, "2026-02", 5),
        "scenario": ("self_access", 3),
        "controller": ("SN", 4),
        "decided": (1, 5, 1, 0, 0),
        "explained": (1010, 99.4),
        "explained_before": (50.0, "2026-02"),
        "explained_least": ("BN", 50.0),
        "exposed.then": (things(unread_asset=2, silent_source=1), "2026-03"),
        "unchecked": (("leaver_account",),),
    }


def test_of_one_naemnd_only_its_own_is_told():
    assert told(ROWS, "BN") == {
        "findings": ("2026-03", 1, 0),
        "fewer": (3, "2026-02", 4),
        "scenario": ("brute_force", 1),
        "undecided": (1,),
        "explained": (10, 50.0),
        "none_of_its_own.then": ("2026-03",),
        "common.then": (things(silent_source=1), "2026-03"),
        "unchecked": (("leaver_account",),),
    }


def test_what_is_of_no_naemnd_is_the_whole_municipalitys_and_not_added_to_its_own():
    rows = [
        *(row(name, "exposure", "silent_source", number) for name, number in (("SN", 2), (None, 1))),
        row(None, "exposure", "dormant_duty", 3),
    ]
    spoken = told(rows, "SN", now="2026-03")
    assert {key: spoken[key] for key in spoken if "exposed" in key or "common" in key} == {
        "exposed.now": (things(silent_source=2),),
        "common.now": (things(silent_source=1, dormant_duty=3),),
    }


def test_what_two_naemnder_share_is_counted_once_in_all():
    rows = [row(name, "exposure", "silent_source", 2, overall=3) for name in ("SN", "BN")]
    assert told(rows)["exposed.then"] == (things(silent_source=3), "2026-03")
    assert told(rows, "SN")["exposed.then"] == (things(silent_source=2), "2026-03")


def test_what_a_namnd_no_longer_has_is_told_of_the_month_before():
    found = picture([row("SN", "exposure", "unread_asset", 0, 1), row(None, "exposure", "unread_asset", 0, 0)], "SN")
    assert found
    assert (found.number("exposure", "unread_asset"), found.before("exposure", "unread_asset")) == (0, 1)


def test_exposure_is_compared_with_the_month_before_and_what_could_not_be_checked_then_is_not():
    rows = [
        *(row(name, "exposure", "silent_source", 2, 1, overall=3, overall_before=1) for name in ("SN", "BN")),
        row(None, "exposure", "silent_source", 0, 0, overall=3, overall_before=1),
        row(None, "exposure", "dormant_duty", 4),
        row("SN", "exposure", "unread_asset", 1),
        row(None, "exposure", "unread_asset", 0, 0, overall=1, overall_before=0),
    ]
    found, of_one = picture(rows), picture(rows, "SN")
    assert found
    assert of_one
    assert (found.before("exposure", "silent_source"), of_one.before("exposure", "silent_source")) == (1, 1)
    assert (found.before("exposure", "unread_asset"), of_one.before("exposure", "unread_asset")) == (0, 0)
    assert of_one.common["dormant_duty"] == (4, 0)
    assert found.unchecked_before == of_one.unchecked_before == {"dormant_duty", "leaver_account"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (checked(), {"unexposed.then": ("2026-03",)}),
        (
            checked("dormant_duty"),
            {"unexposed.then": ("2026-03",), "unchecked": (("dormant_duty",),)},
        ),
        (checked(*EXPOSURE), {"unchecked": (EXPOSURE,)}),
        ([], {"unchecked": (EXPOSURE,)}),
    ],
)
def test_none_is_what_was_checked_and_nothing_else(rows, said):
    """What nothing tells of is not said to be none."""
    found = told([row("A", "decision", "open", 1), *rows])
    assert {key: found[key] for key in found if "exposed" in key or key == "unchecked"} == said


def test_what_was_checked_and_is_nowhere_makes_no_column():
    found = picture([row("A", "decision", "open", 1), *checked()])
    assert found
    assert found.controllers == ("A",)


def test_what_is_equal_is_not_called_the_most():
    rows = [row(name, "decision", "open", 1) for name in ("A", "B")] + [
        row(name, "scenario", rule, 1) for name, rule in (("A", "x"), ("B", "y"))
    ]
    assert told([*rows, *checked()]).keys() == {"findings", "more", "undecided", "not_judged", "unexposed.then"}


def test_without_a_month_before_nothing_is_compared():
    rows = [row("A", "decision", "open", 1, before_month=None)]
    assert told([*rows, *checked()], now="2026-03", faults=True).keys() == {
        "going_on", "findings", "no_before", "undecided", "not_judged", "unexposed.now", "faults"
    }  # fmt: skip


def test_a_month_without_findings():
    rows = [row("A", "access", "judged", 3, 3), row("A", "access", "explained", 3, 3)]
    assert told([*rows, *checked()]).keys() == {
        "no_findings", "as_many", "explained", "explained_before", "unexposed.then"
    }  # fmt: skip


@pytest.mark.parametrize(("now", "begun"), [("2026-02", {"not_begun"}), ("2026-03", set()), ("2026-04", set())])
def test_of_a_month_that_was_not_judged_nothing_else_is_said(now, begun):
    rows = [each | {"judged": False} for each in checked()]
    assert told(rows, now=now, faults=True).keys() == begun | {"unjudged"}
    assert told(rows, "SN", now=now).keys() == begun | {"unjudged"}


def test_a_month_that_has_not_begun_is_not_called_going_on():
    assert told(ROWS, now="2026-02").keys() >= {"not_begun", "findings", "exposed.now"}
    assert "going_on" not in told(ROWS, now="2026-02")


@pytest.mark.parametrize("rows", [[], [row("A", "exposure", "silent_source", 1) | {"month": None}]])
def test_without_a_judged_month_there_is_no_picture(rows):
    assert picture(rows) is None


def test_not_everything_is_explained_until_it_is():
    rows = [row("A", "access", "judged", 10_000), row("A", "access", "explained", 9_999)]
    found = picture(rows)
    assert isinstance(found, Picture)
    assert found.share() == 99.9
    assert found.share(1) is None
    assert found.share(0, "B") is None
    assert found.number("access", "judged", EVERY) == 10_000


def test_the_largest_stands_first():
    rows = [row("A", "level", name, number) for name, number in (("1", 2), ("3", 2), ("2", 5), (None, 1))]
    found = picture(rows)
    assert found
    assert found.names("level") == ["2", "1", "3", None]


def test_months_are_summed_over_the_naemnder():
    trend = [
        {"month": "2026-03", "controller": "A", "findings": 1, "accesses": 2},
        {"month": "2026-02", "controller": "A", "findings": 3, "accesses": 0},
        {"month": "2026-03", "controller": None, "findings": 4, "accesses": 1},
    ]
    assert months(trend) == [
        {"month": "2026-02", "findings": 3, "accesses": 0},
        {"month": "2026-03", "findings": 5, "accesses": 3},
    ]
