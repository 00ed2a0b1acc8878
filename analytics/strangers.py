"""Whether what a question names is known beside the events: employees, units, systems, sources, assets, nämnder.

A name, or an id with a slip of the pen, is found in no event: that isn't that nothing was done.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics.installation import OWN

NAMED = ("actor_person", "person", "actors")  # parameters that name employees, by id or account

# Parameters that name what has a table of its own, and what that is.
KNOWN = {
    **{name: name for name in ("system", "source", "asset", "controller", "unit")},
    "actor_unit": "unit",
}


NOBODYS = "-"  # what belongs to none of the kind, in parameters that say so


def unheard(given: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> tuple[str, ...]:
    """The names in KNOWN under which GIVEN has a text that is none of TABLES.

    Where those have none of the kind, nothing can be said.
    """
    found = []
    for name, kind in KNOWN.items():
        if given.get(name) and (known := _names(kind, tables)) and given[name] not in {*known, OWN, NOBODYS}:
            found.append(name)
    return tuple(found)


def _names(kind: str, tables: Mapping[str, pa.Table]) -> set[str]:
    """What TABLES call those of a KIND."""
    columns = {
        "system": [tables["sources"]["system"], pc.list_flatten(tables["assets"]["systems"])],
        "source": [tables["sources"]["source"]],
        "asset": [tables["assets"]["asset"]],
        "controller": [tables["assets"]["controller"], tables["units"]["controller"]],
        "unit": [tables["units"]["unit"], tables["people"]["unit"]],
    }[kind]
    return {text for column in columns for text in column.to_pylist() if text}


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
