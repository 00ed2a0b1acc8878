"""The closed vocabulary: every word that an event column of that name may hold, with its meaning."""

ACTIONS: dict[str, str] = {
    "read": "content was shown or may have been shown (a preview is a read)",
    "search": "a search or listing over many things",
    "create": "a thing was made (an upload is a create)",
    "update": "a thing was changed (a rename is an update)",
    "delete": "a thing was removed",
    "copy": "a thing was copied within the system",
    "export": "content left the system (a download is an export)",
    "print": "content was printed",
    "share": "somebody else was given access to a thing, or a share was used to reach it",
    "sign": "a document or note was signed or countersigned",
    "break_glass": "a block or missing right was passed in an emergency (nödöppning)",
    "login": "an account logged on, or tried to",
    "logout": "an account logged off",
    "grant": "a right, role or membership was given",
    "revoke": "a right, role or membership was taken away",
    "account_create": "an account was made",
    "account_change": "an account was changed (password, name, lock, MFA)",
    "account_delete": "an account was removed",
    "config_change": "a system's or an audit policy's settings were changed",
    "log_clear": "a log was cleared, or logging was stopped",
    "execute": "a program, command or statement was run",
    "connect": "a network connection, which proves no access to content",
    "other": "an act that no word above covers; the source's own word is in details",
}

OUTCOMES: dict[str, str] = {
    "success": "the source says that it was done",
    "failure": "the source says that it was refused or failed",
    "unknown": "the source says nothing about the result",
}

PROVES: dict[str, str] = {
    "content": "the content was shown, changed, removed or handed out",
    "possible": "content may have been seen: a listing, an opened handle, a mailbox sync",
    "attempt": "it was tried; nothing shows that content was seen",
}

ACTOR_KINDS: dict[str, str] = {
    "staff": "employed by the municipality",
    "hired": "hired personnel (inhyrd personal)",
    "contractor": "private provider (privat utförare)",
    "company": "employed by a municipal company",
    "supplier": "a supplier's personnel",
    "elected": "elected representative (förtroendevald)",
    "robot": "an automated worker",
    "integration": "a system that acts for another system",
    "shared account": "an account that several persons use",
}

TIME_QUALITIES: dict[str, str] = {
    "zone_assumed": "the record has no zone; the source's declared zone was used",
    "ambiguous": "the local hour occurs twice (October); the later instant was taken",
    "nonexistent": "the local time does not exist (March); the offset before the jump was used",
    "year_assumed": "the record has no year; the latest fitting one was taken",
    "received": "the record has no time; the time of receipt was used",
}

KINDS: dict[str, str] = {
    "event": "one actor, one action, one thing",
    "reject": "a record that could not be read (otolkad post); `reason` says why",
    "repeat": "a record that came before; `reason` names the first event",
    "gap": "records that never came, or lie in what can't be read; `length` says how many, empty = unknown",
}

# activity_id by OCSF class and our action (OCSF 1.9.0); 99 is OCSF's own "Other".
OCSF_ACTIVITIES: dict[int, dict[str, int]] = {
    1001: {"create": 1, "read": 2, "update": 3, "delete": 4, "config_change": 7, "grant": 7, "revoke": 7, "search": 14},
    1007: {"execute": 1},
    1008: {"log_clear": 1, "export": 3, "config_change": 99},
    3002: {"login": 1, "logout": 2},
    3003: {"grant": 1},
    3004: {"create": 1, "read": 2, "update": 3, "delete": 4},
    3006: {"grant": 3, "revoke": 4, "account_create": 6, "account_delete": 5},
    3007: {"account_create": 1, "account_delete": 2, "account_change": 99, "grant": 99, "revoke": 99},
    4001: {"connect": 1},
    6001: {"create": 1, "read": 2, "update": 3, "delete": 4, "search": 5, "export": 7, "share": 8},
    6003: {"create": 1, "read": 2, "update": 3, "delete": 4},
    6005: {"read": 1, "update": 2, "create": 2, "delete": 2, "search": 4, "execute": 4},
    6006: {"create": 1, "export": 2, "update": 3, "delete": 4, "copy": 7, "read": 9, "share": 12},
}
