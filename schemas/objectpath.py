"""Objects in paths: patterns such as `/arende/{id}` that say which part of a path names what it is a page of."""

import re
from collections.abc import Mapping

from schemas.errors import SettingsError

ID = "{id}"
ANY = "{}"
_TYPE = re.compile(r"[a-z][a-z0-9_ -]*")


def expression(pattern: str) -> str:
    r"""The regular expression of PATTERN; its one group is the object's id.

    `{id}` and `{}` (any) are one part each, between two of `/ \ ? & # =`. A path may go on where a part ends.
    """
    parts = {ID: r"([^/\\?&#=]+)", ANY: r"[^/\\?&#=]+"}
    said = "".join(parts.get(piece, re.escape(piece)) for piece in re.split(r"(\{id\}|\{\})", pattern))
    return rf"^{said}(?:[/\\?&#]|$)"


def hold(place: str, patterns: Mapping[str, object]) -> None:
    """Errors: SettingsError, at PLACE, for a type of object or a pattern that can't be one."""
    for kind, pattern in patterns.items():
        if not _TYPE.fullmatch(kind):
            raise SettingsError(place, "objects", "want a type of object in small letters, such as case")
        if fault := _fault(pattern):
            raise SettingsError(f"{place}.objects", kind, fault)


def _fault(pattern: object) -> str:
    """What is wrong with PATTERN; empty = nothing."""
    if not isinstance(pattern, str):
        return "want a text, such as /arende/{id}"
    if pattern.count(ID) != 1:
        return "want {id} once, such as /arende/{id}"
    bare = pattern.replace(ID, "").replace(ANY, "")
    if set("{}") & set(bare):
        return "want no braces but those of {id} and {}"
    if not re.search(r"\w", bare):
        return "want a word beside {id}, or every path were such an object"
    if re.search(r"[^/\\?&#=](?:\{id\}|\{\})|(?:\{id\}|\{\})[^/\\?&#]", pattern):
        return r"want {id} and {} alone between two of / \ ? & # ="
    return ""
