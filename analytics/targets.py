"""Which rows may be about an account to which something was done, by the one column that names it.

A file of the lake holds thousands of rights that were given, and a person's own are few: where the scan is told which
accounts are looked for it reads that column first, and the other columns of what is left alone. Of a person's rights
among ten million events that is half of what they take.
"""

from analytics.narrow import Need, account_key, apart
from schemas.sqltext import literal

_COLUMN = "target_account"
_SID = "s-1-"
_HAS_SID = "contains(details, 'MemberSid')"


def condition(need: Need) -> str | None:
    """What every event of NEED holds, in SQL; None if it isn't asked for by that column, or also by another.

    It may hold more: the question looks closer. Of what a record has a SID beside, all is read.
    """
    if len(need.groups) != 1:
        return None
    (values,) = need.groups
    prefix = apart(_COLUMN, "")
    names = {account_key(value.removeprefix(prefix)) for value in values if value.startswith(prefix)}
    if not names or any(not value.startswith(prefix) for value in values):
        return None
    # Who takes a right away may spell the member otherwise, beside the same SID.
    return " OR ".join([*(_one(name) for name in sorted(names)), _HAS_SID])


def _one(name: str) -> str:
    """The spellings of one account, by its key."""
    if name.lower().startswith(_SID):
        return f"lower({_COLUMN}) = lower({literal(name)})"
    user, at, domain = name.rpartition("@")
    if not at or "=" in name:
        return f"lower({_COLUMN}) = lower({literal(name)})"
    first = f"starts_with(lower({_COLUMN}), lower({literal(name)}))"
    spelt = f"starts_with(lower({_COLUMN}), lower({literal(domain)}))"
    return f"{first} OR ({spelt} AND contains(lower({_COLUMN}), lower({literal(chr(92) + user)})))"
