"""Why persons are shown: asked once, and what was typed before is not lost."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import Visit, visiting

NUMBER = "191212121212"
PURPOSE = "Prov av ingången"


@pytest.fixture
def unsaid(served: Served) -> Iterator[Visit]:
    """Somebody who has stated no purpose yet."""
    with visiting(served.address, served.desk) as found:
        yield found


def hidden(response: Any) -> dict[str, str]:
    """The fields that the page's own form carries on, and where it goes."""
    form = next(form for form in re.findall(r"<form.*?</form>", response.text, re.DOTALL) if 'id="purpose"' in form)
    kept = dict(re.findall(r'type="hidden" name="(.*?)" value="(.*?)"', form))
    kept["action"] = re.findall(r'action="(.*?)"', form)[0]
    return {name: unescape(text) for name, text in kept.items() if name != "csrf"}


def test_a_search_goes_on_when_the_purpose_is_stated(unsaid: Visit, served: Served) -> None:
    person = served.desk.home.tables()["people"].to_pylist()[0]
    asked = unsaid.post("/search", {"text": person["name"]})
    assert asked.status_code == 200
    assert hidden(asked) == {"action": "/search", "text": person["name"]}
    assert "Det du nyss skickade finns kvar" in asked.text
    found = unsaid.search(person["name"], stated_purpose=PURPOSE)
    assert person["person"] in found.headers.get("location", found.text)
    # It is the session's from now on.
    assert unsaid.get("/findings").status_code == 200


def test_a_number_that_is_typed_before_the_purpose_is_a_token_at_once(unsaid: Visit, served: Served) -> None:
    token = served.desk.home.token(NUMBER)
    for spelling in (NUMBER, "19121212-1212", " 121212+1212 "):
        asked = unsaid.post("/search", {"text": spelling})
        assert hidden(asked) == {"action": "/search", "text": token}
        assert not re.search(r"\d{6}\s?[-+]?\s?\d{4}", re.sub(rf'{token}|name="csrf" value="[^"]*"', "", asked.text))
    found = unsaid.post("/search", {**hidden(asked), "stated_purpose": PURPOSE})
    assert found.headers["location"] == f"/subject/{token}"


@pytest.mark.parametrize("text", ["Anna 191212121212", "191212121213"])
def test_what_holds_a_number_is_not_kept_and_that_is_said(unsaid: Visit, text: str) -> None:
    asked = unsaid.post("/search", {"text": text})
    assert hidden(asked) == {"action": "/search"}
    assert "Det har inte sparats" in asked.text
    assert text not in asked.text


@pytest.mark.parametrize("wrong", ["", "  ", "x", "....", "aaaaaa", "2026", f"utredning om {NUMBER}"])
def test_without_a_purpose_nothing_is_answered_and_nothing_is_lost(unsaid: Visit, wrong: str) -> None:
    asked = unsaid.post("/search", {"text": "Lindan", "stated_purpose": wrong})
    assert asked.status_code == 400
    assert hidden(asked) == {"action": "/search", "text": "Lindan"}
    assert NUMBER not in asked.text
    assert unsaid.get("/findings").headers["location"].startswith("/purpose?")


def test_why_a_purpose_is_refused_is_told(unsaid: Visit) -> None:
    asked = unsaid.post("/purpose", {"purpose": "x", "next": "/findings"})
    assert asked.status_code == 400
    assert "säger inte varför. Skriv några ord, eller ärendets diarienummer." in asked.text
    asked = unsaid.post("/purpose", {"purpose": f"utredning om {NUMBER}"})
    assert "ange ärendets diarienummer i stället" in asked.text
    assert "sökrutan" not in asked.text  # it is no place for why
    assert unsaid.post("/purpose", {"purpose": "SN 12"}).status_code == 303


def test_every_form_that_may_show_a_person_goes_on(unsaid: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.web.workbench._RECENT", timedelta(0))  # as if nobody had one before
    filtered = unsaid.post("/findings", {"severity": "high"})
    assert hidden(filtered) == {"action": "/findings", "severity": "high"}
    laid = unsaid.post("/workbench", {"kind": "account", "value": "bo.c", "stated_purpose": PURPOSE})
    assert laid.status_code == 200
    assert "bo.c" in laid.text
    assert unsaid.post("/findings", {"severity": "high"}).headers["location"] == "/findings?severity=high"


def test_the_purpose_is_written_down_before_the_answer(unsaid: Visit, written: list[Any]) -> None:
    unsaid.post("/search", {"text": "Lindan", "stated_purpose": PURPOSE})
    assert [(act["question"], act["act"], act["purpose"]) for act in written] == [
        ("purpose", "decided", PURPOSE),
        ("search", "answered", PURPOSE),
    ]
