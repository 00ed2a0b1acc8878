"""What investigators read names no command and no setting: those stand where whoever looks after sparhund looks."""

import re

import pytest

from analytics.wording import _WORDS
from dashboards.web.render import _FOLDER, words

# Pages of operation, and the way in: there a command or a setting helps.
OPERATION = re.compile(r"health\.|source\.|clue|rederive\.|signin\.|fault\.|register\.key\.|register\.format\.")
COMMANDS = re.compile(r"sparhund (ingest|detect|rederive|status|rejects|serve|collect|forward|sigma)\b")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_words_of_pages_name_no_command_and_no_setting(language: str) -> None:
    said = {key: text[language] for key, text in words().items() if not OPERATION.match(key)}
    wrong = {key: text for key, text in said.items() if COMMANDS.search(text) or re.search(r"[a-z]_[a-z]", text)}
    assert wrong == {}


def test_what_an_answer_rests_on_names_no_command() -> None:
    assert not COMMANDS.search(str(_WORDS))


@pytest.mark.parametrize("name", sorted(path.name for path in (_FOLDER / "templates").glob("*.html")))
def test_templates_name_commands_on_pages_of_operation_alone(name: str) -> None:
    text = (_FOLDER / "templates" / name).read_text(encoding="utf-8")
    assert bool(re.search(r"<code>sparhund ", text)) is (name in {"signin.html", "source.html"})
