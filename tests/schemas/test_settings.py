from pathlib import Path

import pytest

from schemas.errors import SettingsError
from schemas.settings import STANDARD, LakeSettings, Secret, Settings, load, parse

EXAMPLE = Path(__file__).parents[2] / "deploy" / "sparhund.example.toml"


def test_the_example_loads_and_its_paths_start_at_the_file():
    settings = load(EXAMPLE)
    assert settings.lake.root == EXAMPLE.parent / "lake"
    assert settings.identity_key == EXAMPLE.parent / "identity.key"
    assert settings.register.assets == (EXAMPLE.parent / "register.toml",)
    assert settings.sources["journal"].logs == ("read", "search", "create", "update", "print")
    assert settings.sources["web"].paths == ("/var/log/nginx/access.log*",)
    assert settings.keep["vard-5ar"].minimum_days == 1826


def test_nothing_said_is_the_defaults():
    settings = parse({})
    assert settings == Settings(lake=LakeSettings(root=Path("lake")), keep={"standard": STANDARD})
    assert settings.questions.purpose_required
    assert settings.identity_key == Path("lake/identity.key")


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"laek": {}}, "laek: section: unknown"),
        ({"lake": {"rot": "x"}}, "lake: rot: unknown key"),
        ({"lake": 3}, "lake: section: want a table"),
        ({"lake": {"flush_after_s": "2"}}, "lake: flush_after_s: want a number"),
        ({"lake": {"flush_after_s": 0}}, "lake: flush_after_s: must be more than 0"),
        ({"lake": {"batch_records": True}}, "lake: batch_records: want a whole number"),
        ({"questions": {"purpose_required": 1}}, "questions: purpose_required: want true or false"),
        ({"sources": {"a": {}}}, "sources.a: mapping: missing"),
        ({"sources": {"a": {"mapping": "m", "name": "b"}}}, "sources.a: name: unknown key"),
        ({"sources": {"a": {"mapping": "m", "logs": ["reed"]}}}, "sources.a: logs: there is no action"),
        ({"sources": {"a": {"mapping": "m", "keep": "x"}}}, "sources.a: keep: there is no keep class"),
        ({"keep": {"a": {"namnd": "n", "minimum_days": 5, "maximum_days": 4}}}, "keep.a: maximum_days: is less"),
        ({"keep": {"a": {"namnd": "n", "minimum_days": -1, "maximum_days": 4}}}, "keep.a: minimum_days: must be"),
        ({"keep": {"vård": {"namnd": "n", "minimum_days": 1, "maximum_days": 4}}}, "keep.vård: name: want letters"),
        ({"sources": {"a/b": {"mapping": "m"}}}, "sources.a/b: name: want letters"),
        (
            {"sources": {"a": {"mapping": "m", "paths": ["x"]}, "b": {"mapping": "m", "paths": ["x"]}}},
            "sources.b: paths: a path of it is also read by sources.a",
        ),
        (
            {"sources": {"a": {"mapping": "m", "shipped": ["x"]}, "b": {"mapping": "m", "shipped": ["x"]}}},
            "sources.b: shipped: a path of it is also read by sources.a",
        ),
        (
            {"sources": {"a": {"mapping": "m", "paths": ["log/*.log"]}, "b": {"mapping": "m", "shipped": ["log"]}}},
            "sources.b: shipped: may name a file that sources.a reads by its paths",
        ),
        (
            {"sources": {"a": {"mapping": "m", "paths": ["a.log"], "shipped": ["./?.log"]}}},
            "sources.a: shipped: may name a file that sources.a reads by its paths",
        ),
    ],
)
def test_what_is_wrong_is_named_by_section_and_key(document, error):
    with pytest.raises(SettingsError) as caught:
        parse(document)
    assert str(caught.value).startswith(error)


def test_a_file_that_is_no_toml_or_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"nothing\.toml: file: No such file"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "bad.toml").write_text("[lake\nroot = 'secret'", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / "bad.toml")
    assert str(caught.value).endswith("bad.toml: file: not TOML, line 1, column 6")
    (tmp_path / "bad.toml").write_text("[lake]\nroot = 'secret", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"bad\.toml: file: not TOML, (end of document|line 2, column \d+)$"):
        load(tmp_path / "bad.toml")


def test_a_secret_prints_as_stars():
    secret = Secret("correct horse")
    assert (repr(secret), str(secret), f"{secret}", f"{secret!r:>5}") == ("'***'",) * 4
    assert secret.reveal() == "correct horse"
    assert secret == Secret("correct horse") != Secret("other")
    assert len({secret, Secret("correct horse")}) == 1
