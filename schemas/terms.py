"""The glossary: every word that a user sees, in Swedish and English. Help, reports and pages use it."""

import tomllib
from functools import cache
from pathlib import Path

from schemas.errors import SettingsError

PATH = Path(__file__).parent / "terms.toml"
LANGUAGES = ("sv", "en")


def term(key: str, language: str = "sv") -> str:
    """The word for KEY, such as `asset` or `action.read`, in `sv` or `en`. Errors: SettingsError if there is none."""
    try:
        return terms()[key][language]
    except KeyError:
        raise SettingsError("terms", key, f"there is no such term in {language}") from None


@cache
def terms() -> dict[str, dict[str, str]]:
    """Every term by its key: `word` for the general words, `group.word` for those of a group."""
    return load(PATH)


def load(path: Path) -> dict[str, dict[str, str]]:
    """Read a glossary file, strictly.

    Shape:   tables of `word = { sv = "…", en = "…" }`; the words of the table [words] have no group in their key.
    Errors:  SettingsError for a term that lacks a language, has another key, or is empty.
    """
    found: dict[str, dict[str, str]] = {}
    for group, words in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for word, texts in words.items():
            key = word if group == "words" else f"{group}.{word}"
            if not isinstance(texts, dict) or set(texts) != set(LANGUAGES):
                raise SettingsError(str(path), key, f"want {' and '.join(LANGUAGES)}, and nothing else")
            if not all(isinstance(text, str) and text.strip() for text in texts.values()):
                raise SettingsError(str(path), key, "is empty")
            found[key] = texts
    return found
