"""What an event is told by: what became of the content, and the kind of thing, in the reader's words."""

import json
from pathlib import Path

import pytest

from analytics.detect.explain import Reason
from analytics.detect.knowledge import explanations
from dashboards.cells import cell
from dashboards.web import told
from schemas.tables import TABLES
from schemas.terms import terms
from schemas.vocabulary import ACTIONS

MAPPINGS = Path(__file__).parents[3] / "ingest" / "mappings"


@pytest.mark.parametrize(
    ("action", "swedish", "english"),
    [
        ("read", "innehållet visades", "content was seen"),
        ("print", "innehållet visades", "content was seen"),
        ("create", "innehållet skapades", "content was created"),
        ("update", "innehållet ändrades", "content was changed"),
        ("delete", "innehållet togs bort", "content was removed"),
        ("sign", "innehållet visades eller ändrades", "content was seen or changed"),
        ("login", "gäller inget innehåll", "concerns no content"),
    ],
)
def test_what_became_of_the_content_is_told_by_the_act(action: str, swedish: str, english: str) -> None:
    row = {"action": action, "proves": "content"}
    assert (told.proves(row, "sv"), told.proves(row, "en")) == (swedish, english)


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("proves", ["possible", "attempt"])
def test_what_is_not_proved_is_told_alike_whatever_the_act(action: str, proves: str) -> None:
    said = told.proves({"action": action, "proves": proves}, "sv")
    assert said in {"gäller inget innehåll", cell("proves", proves)}


def thing(kind: str | None, path: str = "/arende/8812") -> dict[str, str | None]:
    return {
        "object_type": kind,
        "object_path": path,
        "object_id": None,
        "target_account": None,
        "target_group": None,
    }


def test_the_kind_of_a_thing_is_in_the_reader_s_language_and_a_system_s_own_word_stays() -> None:
    assert told.thing(thing("case"), "sv") == "ärende /arende/8812"
    assert told.thing(thing("case"), "en") == "case /arende/8812"
    assert told.thing(thing("Vårddokumentation"), "en") == "Vårddokumentation /arende/8812"
    assert told.thing(thing("File"), "sv") == "fil /arende/8812"
    assert told.thing(thing(None), "sv") == "/arende/8812"
    assert cell("object_type", "scheduled task") == "schemalagd aktivitet"


@pytest.mark.parametrize("kind", ["url", "file", "database", "command", "table", "message", "application", "question"])
def test_what_our_mappings_write_has_a_word(kind: str) -> None:
    assert f"object_type.{kind}" in terms()
    assert any(json.dumps(kind) in path.read_text(encoding="utf-8") for path in MAPPINGS.glob("*.cases.toml"))


@pytest.mark.parametrize(
    ("kind", "shown", "on_the_event"),
    [
        ("file", "fil", "fil"),
        ("File", "fil", "fil (File)"),
        ("FILE", "fil", "fil (FILE)"),
        ("Scheduled Task", "schemalagd aktivitet", "schemalagd aktivitet (Scheduled Task)"),
        ("SqlDatabase", "SqlDatabase", "SqlDatabase"),
        ("\u202eFile", "\\u202eFile", "\\u202eFile"),
    ],
)
def test_a_known_kind_is_the_reader_s_word_whatever_its_letters_and_the_event_keeps_them(
    kind: str, shown: str, on_the_event: str
) -> None:
    assert cell("object_type", kind) == shown
    (fact,) = told.facts({"object_type": kind}, ["object_type"], "sv")
    assert (fact.text, fact.value) == (on_the_event, kind)


def test_letters_of_other_words_mean_what_they_do() -> None:
    assert cell("action", "Read") == "Read"


@pytest.mark.parametrize(
    ("relation", "kind", "said"),
    [("contacts", "visit", "besök"), ("contacts", "booking", "bokad tid"), ("assignments", "visit", "visit")],
)
def test_the_kind_of_a_row_that_explains_is_in_the_words_of_its_table(relation: str, kind: str, said: str) -> None:
    reason = Reason(
        explanations()["contact"], relation, f"{relation}:1", {"kind": kind, "valid_from": None, "valid_to": None}
    )
    (fact,) = told._row(reason, "sv", {})
    assert fact.text == said


def test_every_kind_that_a_context_table_may_hold_has_its_word() -> None:
    for name, group in told._KINDS.items():
        (kinds,) = (words for column, words in TABLES[name].words if column == "kind")
        assert {f"{group}.{kind}" for kind in kinds} <= terms().keys()
