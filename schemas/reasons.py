"""Why something could not be taken, in the reader's language: what errors say stands in English in the code."""

import re
import tomllib
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("reasons.toml")
_PART = re.compile(r"\{(?:reason)?\}")
_DEEPEST = 6  # reasons within reasons: a correlation's rule, its field, and what is wrong with its pattern


def told(reason: str, language: str) -> str:
    """REASON in LANGUAGE; as it is where there are no words for it, such as what another program says.

    Of several with `; ` between each is told, and what stands in a parenthesis at the end is kept.
    """
    return reason if language == "en" else _told(reason, _DEEPEST) or reason


def _told(reason: str, deepest: int) -> str | None:
    """REASON in Swedish; None without words. DEEPEST: how many reasons may stand within each other."""
    if (whole := _texts().get(reason)) is not None or not deepest:
        return whole
    said = [_told(part, deepest - 1) for part in reason.split("; ")] if "; " in reason else [None]
    if all(said):
        return "; ".join(map(str, said))
    for begins, pattern, words, inner in _patterns():
        if reason.startswith(begins) and (match := pattern.fullmatch(reason)):
            parts = zip(match.groups(), inner, strict=True)
            return words.format(*((_told(part, deepest - 1) if is_one else None) or part for part, is_one in parts))
    beside = re.fullmatch(r"(.+)( \([^()]*\))", reason, re.DOTALL)
    known = _told(beside[1], deepest - 1) if beside else None
    return known + beside[2] if beside and known else None


@cache
def _texts() -> dict[str, str]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], str, tuple[bool, ...]], ...]:
    """Of reasons with parts: the beginning, the pattern, the words, and which parts are reasons; the longest first."""
    return tuple(
        (
            english.partition("{")[0],
            re.compile("(.+?)".join(map(re.escape, re.split(_PART, english))), re.DOTALL),
            words,
            tuple(part == "{reason}" for part in re.findall(_PART, english)),
        )
        for english, words in sorted(_texts().items(), key=lambda pair: -len(re.sub(_PART, "", pair[0])))
        if re.search(_PART, english)
    )
