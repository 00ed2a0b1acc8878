"""Why something could not be taken, in the reader's language: what errors say stands in English in the code."""

import re
import tomllib
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("reasons.toml")


def told(reason: str, language: str) -> str:
    """REASON in LANGUAGE; as it is where there are no words for it, such as what another program says.

    Of several with `; ` between each is told, and what stands in a parenthesis at the end is kept.
    """
    if language == "en":
        return reason
    if (whole := _texts().get(reason)) is not None:
        return whole
    if "; " in reason:
        return "; ".join(told(part, language) for part in reason.split("; "))
    if said := _with_parts(reason, language):
        return said
    beside = re.fullmatch(r"(.+)( \([^()]*\))", reason, re.DOTALL)
    return told(beside[1], language) + beside[2] if beside else reason


def _with_parts(reason: str, language: str) -> str | None:
    for begins, pattern, words in _patterns():
        if reason.startswith(begins) and (match := pattern.fullmatch(reason)):
            return words.format(*(told(part, language) for part in match.groups()))
    return None


@cache
def _texts() -> dict[str, str]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Of reasons with parts: the beginning, the pattern and the words; the longest first."""
    return tuple(
        (english.partition("{}")[0], re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), words)
        for english, words in sorted(_texts().items(), key=lambda pair: -len(pair[0].replace("{}", "")))
        if "{}" in english
    )
