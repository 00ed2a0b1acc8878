import pytest

from schemas.errors import SettingsError
from schemas.event import COLUMNS
from schemas.finding import HANDLINGS, RESTS, SEVERITIES, VERDICTS
from schemas.tables import CONTACT_KINDS, KIN_KINDS, PATTERN_KINDS, PERSONAL_DATA
from schemas.terms import LANGUAGES, load, term, terms
from schemas.vocabulary import ACTIONS, ACTOR_KINDS, KINDS, OUTCOMES, PROVES, TIME_QUALITIES

VOCABULARIES = {
    "action": ACTIONS,
    "outcome": OUTCOMES,
    "proves": PROVES,
    "actor_kind": ACTOR_KINDS,
    "time_quality": TIME_QUALITIES,
    "kind": KINDS,
    "personal_data": PERSONAL_DATA,
    "kin": KIN_KINDS,
    "contact": CONTACT_KINDS,
    "pattern": PATTERN_KINDS,
    "severity": SEVERITIES,
    "verdict": VERDICTS | {"open": "there is none yet"},
    "handling": HANDLINGS,
    "rests": RESTS,
    "column": {column.name: column.meaning for column in COLUMNS},
}


@pytest.mark.parametrize("group", VOCABULARIES)
def test_every_word_of_a_vocabulary_has_its_term_and_no_other_has(group):
    assert {key.removeprefix(f"{group}.") for key in terms() if key.startswith(f"{group}.")} == set(VOCABULARIES[group])


def test_terms_of_one_group_are_told_apart():
    for group in VOCABULARIES:
        for language in LANGUAGES:
            words = [texts[language] for key, texts in terms().items() if key.startswith(f"{group}.")]
            assert len(words) == len(set(words)), (group, language)


def test_a_term_in_both_languages():
    assert (term("asset"), term("asset", "en")) == ("informationstillgång", "information asset")
    assert term("action.break_glass") == "nödöppnade"
    assert term("completeness") == "vad svaret bygger på"


@pytest.mark.parametrize(("key", "language"), [("nothing", "sv"), ("asset", "fi")])
def test_a_term_that_is_not_there_is_named(key, language):
    with pytest.raises(SettingsError, match=f"terms: {key}: there is no such term in {language}"):
        term(key, language)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[words]\na = { sv = 'a' }", "a: want sv and en"),
        ("[words]\na = { sv = 'a', en = 'b', fi = 'c' }", "a: want sv and en"),
        ("[action]\na = { sv = 'a', en = ' ' }", r"action\.a: is empty"),
        ("[words]\na = 'a'", "a: want sv and en"),
    ],
)
def test_half_a_term_is_refused(tmp_path, text, error):
    (tmp_path / "terms.toml").write_text(text)
    with pytest.raises(SettingsError, match=error):
        load(tmp_path / "terms.toml")
