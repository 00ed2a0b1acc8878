import pytest

from schemas.errors import SettingsError
from schemas.relations import REGISTER_COLUMNS, RELATIONS, RelationsSettings
from schemas.settings import DetectionSettings, parse


def test_nothing_said_is_our_own_names_and_no_decision():
    settings = parse({})
    assert settings.detection == DetectionSettings(relations_decision="", review_items_per_1000=20)
    assert settings.relations == RelationsSettings()
    assert settings.relations.register == {name: [name] for name in REGISTER_COLUMNS}
    assert settings.relations.staff == {"person": ["person"], "number": ["number"]}


def test_words_are_the_codes_of_the_register_ours_and_those_of_the_settings():
    settings = RelationsSettings(words={"relation": {" Gift Med ": "spouse", "F": "child"}})
    meanings = settings.meanings("relation")
    assert (meanings["gift med"], meanings["m"], meanings["spouse"]) == ("spouse", "spouse", "spouse")
    assert (meanings["f"], meanings["fa"]) == ("child", "parent")  # the settings win
    assert set(meanings.values()) == set(RELATIONS)


def test_no_word_means_two_things():
    words = [word for words in RELATIONS.values() for word in words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"detection": {"relations_decision": 3}}, "detection: relations_decision: want a text"),
        ({"detection": {"review_items_per_1000": -1}}, "detection: review_items_per_1000: must be more than -1"),
        ({"detection": {"vip": []}}, "detection: vip: unknown key"),
        ({"relations": {"columns": {"nummer": "Pnr"}}}, "relations.columns: nummer: unknown; there are number"),
        ({"relations": {"columns": {"surname": "Efternamn"}}}, "relations.columns: number: missing"),
        ({"relations": {"columns": {"number": []}}}, "relations.columns: number: want the name of a column"),
        ({"relations": {"staff_columns": {"number": 7}}}, "relations.staff_columns: number: want the name of a column"),
        ({"relations": {"words": {"kind": {}}}}, "relations.words: kind: unknown; there are relation, protected"),
        ({"relations": {"words": {"relation": {"X": "vän"}}}}, "relations.words: relation: want WORD = one of spouse"),
        ({"relations": {"words": {"protected": "J"}}}, "relations.words: protected: want WORD = one of yes, no"),
        ({"relations": {"encoding": "x"}}, "relations: encoding: want an encoding"),
        ({"relations": {"separator": ";;"}}, "relations: separator: want one character"),
        ({"relations": {"household_most": -1}}, "relations: household_most: must be more than -1"),
    ],
)
def test_what_is_wrong_is_named(document, error):
    with pytest.raises(SettingsError) as raised:
        parse(document)
    assert str(raised.value).startswith(error)
