"""Whether the employees whom a question names are known.

A name, or an id with a slip of the pen, is found in no event: that isn't that the person did nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

NAMED = ("actor_person", "person", "actors")  # parameters that name employees, by id or account


def unknown(given: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> bool:
    """Whether GIVEN to a question names somebody whom the staff directory of TABLES doesn't know, by id or account.

    Without a directory nobody is known, and nothing can be said.
    """
    if not any(len(tables[name]) for name in ("people", "accounts")):
        return False
    return any(not known(text, tables) for text in _texts(given))


def known(text: str, tables: Mapping[str, pa.Table]) -> bool:
    """Whether TEXT is an id or an account of the staff directory, in whatever case."""
    columns = [tables["people"]["person"], tables["accounts"]["person"], tables["accounts"]["account"]]
    if any(column.index(text).as_py() >= 0 for column in columns):
        return True
    return any(pc.utf8_lower(column).index(text.lower()).as_py() >= 0 for column in columns)


def _texts(given: Mapping[str, Any]) -> Iterable[str]:
    for name in NAMED:
        value = given.get(name)
        yield from value if isinstance(value, list) else [value] if value else []
