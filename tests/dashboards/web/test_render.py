"""What is said on pages, where an error has words of its own."""

import re
from functools import partial
from types import SimpleNamespace

import pyarrow as pa
import pytest

from analytics import wording
from dashboards.cells import heading
from dashboards.web import facts, render, rows
from dashboards.web.render import duration, fault, number, percent, say, words
from schemas.terms import LANGUAGES, term, terms

# Where `de {0} …` and the like stand before a number that is always large: the limits of lists and charts.
_LARGE = {"rows.more", "panel.strip.more", "explained.counts", "picture.most", "picture.lowest", "picture.strip.first"}


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("missing", "saknas"),
        ("missing: persons are shown only when it is stated why", "saknas"),
        ("unknown filter; there are k, month", "det finns inget sådant urval; det finns konfidentialitet, månad"),
        ("unknown name; assets has asset, name", "okänt kolumnnamn; det finns asset, name"),
        ("its period overlaps the one of a.toml asset 3", "perioden överlappar den för a.toml asset 3"),
        ("took longer than 30 s; ask about a shorter period or less",
         "Frågan tog för lång tid. Fråga om en kortare period eller om mindre."),
        ("want a whole number", "ska vara ett heltal"),
        ("want a numbering", "want a numbering"),
        ("something that nobody has words for", "something that nobody has words for"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_the_readers_words_and_names_what_is_the_readers_own(reason: str, said: str) -> None:
    assert fault("sv", reason) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 sekunder"), (119, "119 sekunder"), (120, "2 minuter"), (7_199, "119 minuter"), (172_799, "47 timmar"),
     (172_800, "2 dygn")],
)  # fmt: skip
def test_a_span_is_told_in_the_largest_unit_of_which_there_are_two(seconds: int, said: str) -> None:
    assert duration("sv", seconds) == said


def test_a_share_has_the_sign_of_the_language() -> None:
    assert percent(99.9, "sv") == "99,9\N{NO-BREAK SPACE}%"
    assert percent(99.9, "en") == "99.9\N{NO-BREAK SPACE}%"


def test_a_sentence_holds_for_one_as_for_many() -> None:
    several = re.compile(r"\b(?:de|alla) (?:\w+ )?\{\d\} \w", re.IGNORECASE)
    assert {key for key, texts in words().items() if several.search(texts["sv"])} - _LARGE == set()


def test_a_range_has_a_dash_and_no_hyphen() -> None:
    said = {**words(), **terms()}
    assert [key for key, texts in said.items() for text in texts.values() if re.search(r"\b\d-\d\b", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_statement_s_heading_is_not_its_first_words(language: str) -> None:
    """The page leaves out of the first line what stands above it."""
    for key in ("head", "nothing"):
        assert wording._WORDS[language][key].startswith(words()["rests.head"][language])


def test_a_sentence_that_begins_with_a_source_keeps_its_name() -> None:
    said = ["ad: 1 lucka, 2 poster saknas.", "inga luckor."]
    found = SimpleNamespace(sources=[SimpleNamespace(source="ad")], faults=True, lines=lambda _: said)
    template = render._environment().from_string('{% import "macros.html" as m with context %}{{ m.statement(found) }}')
    text = template.render(found=found, say=partial(say, "sv"), term=term, language="sv")
    assert "<li>ad: 1 lucka" in text
    assert "<li>Inga luckor" in text


# Plurals after a number that is never one: what the product is made with, how much is shown of more, and 1,000.
_NEVER_ONE = {"event.tried", "rows.more", "panel.strip.more", "picture.strip.first", "rederive.days", "rarity.days"}
_NEVER_ONE |= {"duration.days", "duration.hours", "duration.minutes", "findings.budget.note", "register.periods"}
_NEVER_ONE |= {"affected.threshold", "affected.verdict.over", "affected.verdict.open", "affected.verdict.under"}
_NEVER_ONE |= {"rarity.note", "explained.counts"}
_PLURAL = {
    "sv": re.compile(r"\b1 (?!(?:fler|färre|per|var|har|räcker)\b)\w+(?:or|ar|er)\b"),
    "en": re.compile(r"\b1 (?!(?:is|as|has|access|remains|covers)\b)\w+s\b"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_of_something_is_told_in_the_singular(language: str) -> None:
    """Whatever a sentence counts; and several are never told as one is."""
    ones, several = (
        {key: say(language, key, *[many] * 9) for key in words() if "{" in words()[key][language]} for many in (1, 2)
    )
    assert {key for key, text in ones.items() if _PLURAL[language].search(text)} <= _NEVER_ONE
    assert not {key for key, text in several.items() if "|" in text}
    assert say("en", "findings.item", number(1), 500) == "1 finding, risk 500"
    assert say("en", "findings.item", number(1001), 500).endswith("001 findings, risk 500")


def test_a_count_of_findings_is_not_headed_as_a_finding() -> None:
    assert heading("findings", "sv") != heading("finding", "sv")


def test_what_somebody_wrote_as_a_reason_stays_as_it_is_and_ours_is_told() -> None:
    """The register's reason for a class is its owner's own words, also where they read as one of ours."""
    found = pa.table({"reason": ["is empty"], "asset": ["a"]})
    assert facts._said("reason", "is empty", "sv").text == "is empty"
    assert facts._listed({}, found, ["reason"], "sv").cells[0][0].text == "is empty"
    assert rows.rows(found, "sv", asked="context_faults").cells[0][0].text == "är tom"
