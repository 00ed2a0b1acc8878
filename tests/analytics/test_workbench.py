"""Workbenches as acts: what they come to, and what can't be done."""

import pytest

from analytics import workbench as kept
from analytics.caller import Caller
from schemas.errors import LakeError, QuestionError

ANNA, BO = Caller("anna"), Caller("bo")
EVENT = "s/1-1-0"


@pytest.fixture
def lake(home):
    return home("time | action\n2026-03-01T08:00:00Z | read")


def test_what_is_taken_away_may_be_laid_again_and_a_pin_keeps_who_came_first(lake):
    name = kept.open_workbench(lake.installation, " KS 1 ", who=ANNA)
    for act, kind, value, who in (
        ("added", "person", "p1", ANNA),
        ("added", "account", "p1", ANNA),
        ("removed", "person", "p1", BO),
        ("added", "person", "p1", BO),
        ("pinned", "event", EVENT, BO),
        ("pinned", "event", EVENT, ANNA),
    ):
        kept.note(lake.installation, name, act, kind=kind, value=value, who=who)
    found = kept.workbench(lake.installation, name)
    assert found.title == "KS 1"
    assert found.entities == (("account", "p1"), ("person", "p1"))
    assert {event: pin.noted_by for event, pin in found.pins.items()} == {EVENT: "bo"}
    assert set(found.last_by) == {"anna", "bo"}
    kept.note(lake.installation, name, "unpinned", value=EVENT, who=ANNA)
    kept.note(lake.installation, name, "noted", text="klart", who=ANNA)
    kept.note(lake.installation, name, "noted", kind="event", value=EVENT, text="därför", who=ANNA)
    found = kept.workbench(lake.installation, name)
    assert found.pins == {}
    assert [(each.text, each.event) for each in found.notes] == [("klart", None), ("därför", EVENT)]


def test_the_one_with_the_latest_act_comes_first(lake):
    first, second = (kept.open_workbench(lake.installation, title, who=ANNA) for title in ("1", "2"))
    kept.note(lake.installation, first, "noted", text="x", who=ANNA)
    assert [each.id for each in kept.workbenches(lake.installation)] == [first, second]


@pytest.mark.parametrize(
    ("act", "given", "named"),
    [
        ("added", {"kind": "event", "value": EVENT}, "kind: want one of"),
        ("added", {"kind": "person", "value": " "}, "value: is empty"),
        ("added", {"kind": "person", "value": "19121212-1212"}, "value: looks like a personal number"),
        ("added", {"kind": "person", "value": "x" * 32_768}, "value: is longer"),
        ("pinned", {"value": "nej"}, "event_id: is no event's id"),
        ("noted", {"text": " "}, "note: is empty"),
        ("noted", {"text": "om 19121212-1212"}, "note: looks like a personal number"),
        ("opened", {"text": "x"}, "act: want one of"),
    ],
)
def test_what_can_not_be_done_is_named_and_never_its_value(lake, act, given, named):
    name = kept.open_workbench(lake.installation, "x", who=ANNA)
    before = len(lake.acts)
    with pytest.raises(QuestionError, match=named) as error:
        kept.note(lake.installation, name, act, who=ANNA, **given)
    assert "1212-1212" not in str(error.value)
    assert len(lake.acts) == before


def test_every_act_is_recorded_with_its_purpose_before_it_is_kept(lake):
    name = kept.open_workbench(lake.installation, "x", who=ANNA, purpose="utredning")
    _, record = lake.spool.records[-1]
    assert (record["act"], record["purpose"], record["params"]) == (
        "noted",
        "utredning",
        {"workbench": name, "step": "opened"},
    )
    lake.spool.full = True
    with pytest.raises(LakeError, match="recorded"):
        kept.note(lake.installation, name, "noted", text="x", who=ANNA)
    lake.spool.full = False
    assert kept.workbench(lake.installation, name).notes == ()


@pytest.mark.parametrize("name", ["0123456789abcdef", "nej", "' OR 1=1 --"])
def test_one_that_there_is_not(lake, name):
    with pytest.raises(QuestionError, match="there is no workbench"):
        kept.workbench(lake.installation, name)


def test_one_needs_a_title(lake):
    with pytest.raises(QuestionError, match="title: is empty"):
        kept.open_workbench(lake.installation, " ", who=ANNA)
    assert kept.workbenches(lake.installation) == []


@pytest.mark.parametrize("title", ["gäller 19121212-1212", "x" * 4001])
def test_what_is_wrong_with_a_title_is_told_of_the_title(lake, title):
    with pytest.raises(QuestionError, match="title: "):
        kept.open_workbench(lake.installation, title, who=ANNA)
