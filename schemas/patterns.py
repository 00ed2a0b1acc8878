"""Whether two patterns of paths can name one file. Told by their texts alone: the files may lie on another host."""

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import cache
from glob import has_magic
from os.path import normpath


def meet(one: str, other: str) -> bool:
    """Whether some file, whatever there is, could be named by both: a file, a folder or a pattern each."""
    return _overlap(_parts(one), _parts(other), "**", _part_meets)


def _parts(text: str) -> tuple[str, ...]:
    """The folders and the name of TEXT; what names a folder names all that is below it."""
    return (*normpath(text).split("/"), *(() if has_magic(text) else ("**",)))


@cache
def _part_meets(one: str, other: str) -> bool:
    return _overlap(_letters(one), _letters(other), "*", _letter_meets)


def _letters(part: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\[!?\]?[^]]*\]|.", part))


def _letter_meets(one: str, other: str) -> bool:
    """Of two classes nothing more is asked."""
    sets = len(one) > 1, len(other) > 1
    return all(sets) or (fnmatchcase(other, one) if sets[0] else fnmatchcase(one, other)) or "?" in (one, other)


def _overlap(one: Sequence[str], other: Sequence[str], star: str, same: Callable[[str, str], bool]) -> bool:
    """Whether some sequence fits both, where STAR stands for any parts, and two parts may be the SAME."""
    reached = {(0, 0)}
    for at in range(len(one) + 1):
        for beside in range(len(other) + 1):
            if (at, beside) not in reached:
                continue
            mine, its = one[at : at + 1], other[beside : beside + 1]
            if (star,) in (mine, its):
                reached |= {(at + 1, beside)} if mine == (star,) or (its == (star,) and mine) else set()
                reached |= {(at, beside + 1)} if its == (star,) or (mine == (star,) and its) else set()
            elif mine and its and same(mine[0], its[0]):
                reached.add((at + 1, beside + 1))
    return (len(one), len(other)) in reached
