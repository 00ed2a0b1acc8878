"""Which rows may be about an account to which something was done, by the one column that names it.

A file of the lake holds thousands of rights that were given, and a person's own are few: where the scan is told which
accounts are looked for it reads that column first, and the other columns of what is left alone. Of a person's rights
among ten million events that is half of what they take.
"""

from analytics.narrow import Need, account_key, apart
from schemas.sqltext import literal

_COLUMN = "target_account"
_SID = "s-1-"


def condition(need: Need) -> str | None:
    """What every event of NEED holds, in SQL; None if it isn't asked for by that column, or also by another.

    Of names with a domain it may hold a few too many: the question looks closer. A SID may stand in the record alone,
    so that what is given to others is read as well, and only left out sooner.
    """
    if len(need.groups) != 1:
        return None
    (values,) = need.groups
    prefix = apart(_COLUMN, "")
    names = {account_key(value.removeprefix(prefix)) for value in values if value.startswith(prefix)}
    if not names or any(not value.startswith(prefix) for value in values):
        return None
    return " OR ".join(_one(name) for name in sorted(names))


def _one(name: str) -> str:
    """The spellings of one account, by its key."""
    if name.lower().startswith(_SID):
        in_record = f"contains(details, 'MemberSid') AND contains(lower(details), lower({literal(name)}))"
        return f"lower({_COLUMN}) = lower({literal(name)}) OR ({in_record})"
    user, at, domain = name.rpartition("@")
    if not at or "=" in name:
        return f"lower({_COLUMN}) = lower({literal(name)})"
    first = f"starts_with(lower({_COLUMN}), lower({literal(name)}))"
    spelt = f"starts_with(lower({_COLUMN}), lower({literal(domain)}))"
    return f"{first} OR ({spelt} AND contains(lower({_COLUMN}), lower({literal(chr(92) + user)})))"
