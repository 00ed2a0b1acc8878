"""SQL as text: how a value is written into a statement where no parameter can stand."""

from datetime import datetime
from typing import Any


def literal(value: Any) -> str:
    """VALUE (text, number, truth, instant, None, or a list or dict of those) as SQL."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(each) for each in value) + "]"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'::TIMESTAMPTZ"
    if value is None or isinstance(value, bool | int | float):
        return "NULL" if value is None else str(value)
    return "'" + str(value).replace("'", "''") + "'"
