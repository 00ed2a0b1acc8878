"""What people type where it may be a personal number: a token in its place before it is kept or sought anywhere."""

import ipaddress
import re
from collections.abc import Iterable

from analytics.opened import Opened
from ingest.identity import looks_like_number, typed_number

TOKEN = re.compile(r"p_[0-9a-f]{32}")  # its digits may look like anything


def token(home: Opened, text: str) -> str | None:
    """The token of TEXT, if all of it is a personal number."""
    number = typed_number(text)
    return home.token(number) if number and looks_like_number(number) else None


def ip_address(text: str) -> str | None:
    """The IP address that TEXT spells, in its canonical spelling, as events have it; None if it is none.

    Without brackets and zone index; IPv4 within IPv6 is dotted.
    """
    try:
        found = ipaddress.ip_address(text.strip().removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def is_number(text: str) -> bool:
    """Whether TEXT is, or holds, what may be a personal number: it must stand in no address, nor in a field again."""
    return looks_like_number(text) and not TOKEN.fullmatch(text)


def fault(text: str) -> str | None:
    """Why TEXT may not be kept or sought as it is: a number that is `mistyped`, or one `within` other words."""
    if TOKEN.fullmatch(text):
        return None
    number = typed_number(text)
    if number and (looks_like_number(text) or _may_be_date(number)):
        return "mistyped"
    return "within" if is_number(text) else None


def carried(home: Opened, pairs: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], bool]:
    """PAIRS of a form as a page may hold them until they are sent again, and whether anything had to be left out."""
    found, cut = [], False
    for name, text in pairs:
        kept = token(home, text) or (None if fault(text) else text)
        cut = cut or kept is None
        found += [(name, kept)] if kept is not None else []
    return found, cut


def _may_be_date(number: str) -> bool:
    """Whether a number with a wrong check digit is one that somebody mistyped: then it must not be sought either."""
    date = number.replace("+", "")[-10:-4]
    return 1 <= int(date[2:4]) <= 12 and 1 <= int(date[4:]) % 60 <= 31  # noqa: PLR2004 - month and day
