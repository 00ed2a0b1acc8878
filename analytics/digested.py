"""A path by its digest: one that is too long for an address is found again in the lake."""

import hashlib
import re

from analytics import views
from analytics.caller import Caller
from analytics.installation import Installation
from schemas.errors import QuestionError

_LENGTH = 32  # hexadecimal digits: 128 bits
_SQL = f"""
SELECT object_path FROM events
WHERE system = $system AND left(sha256(object_path), {_LENGTH}) = $digest LIMIT 1
"""


def digest(path: str) -> str:
    """How PATH is called by its digest (SHA-256 of its UTF-8)."""
    return hashlib.sha256(path.encode()).hexdigest()[:_LENGTH]


def path_of(home: Installation, system: str, name: str, who: Caller) -> str:
    """The path in SYSTEM of the digest NAME, by what WHO may see.

    It looks through the paths of the system's events, so it takes as long as a search for a part of a path.

    Errors:  QuestionError if there is none; LakeError as for questions.
    """
    if re.fullmatch(rf"[0-9a-f]{{{_LENGTH}}}", name):
        with home.connect() as connection:
            views.scoped(connection, who, home.relation("normalised"), home.tables(), ())
            found = connection.execute(_SQL, {"system": system, "digest": name}).fetchone()
        if found:
            return str(found[0])
    raise QuestionError("object", "path_digest", "there is no path of that digest")
