"""The dated tables beside the events: people, units, assets and their rules, sources, and the context of detections.

Questions, detections and explanations query relations of exactly these names and columns. A row holds from `valid_from`
(never empty; 1601-01-01 = always) until just before `valid_to` (NULL = open), and we knew it from `known_from` (never
empty; by default as soon as it held). So the row that held at an event's time is

    ON t.key = e.key AND e.time >= t.valid_from AND (t.valid_to IS NULL OR e.time < t.valid_to)

As a relation each dated table has also `row_id` ("rota:117" = its 117th row), by which an explanation names what it
rests on.

In a CSV, dates and times without offset are Swedish wall-clock time, an empty cell is NULL, and items of a list are
separated by `|`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from schemas.event import TIMESTAMP, Column
from schemas.vocabulary import ACTOR_KINDS

ALWAYS = datetime(1601, 1, 1, tzinfo=UTC)  # the earliest time that an event can have; Spark reads it without rebasing
LIST = pa.list_(pa.string())
ROW_ID = pa.field("row_id", pa.string())

DATED: tuple[Column, ...] = (
    Column("valid_from", TIMESTAMP, "the row holds from this instant; 1601-01-01 = always"),
    Column("valid_to", TIMESTAMP, "and until just before this one; NULL = open"),
    Column("known_from", TIMESTAMP, "when the fact was known to us: what a judgement made then could rest on"),
)

# How far the data of an asset reaches into people's lives, by the law that guards it.
PERSONAL_DATA: dict[str, str] = {
    "none": "no personal data",
    "personal": "personal data (GDPR art 4)",
    "sensitive": "special categories (GDPR art 9): health, belief, origin, union …",
    "criminal": "offences (GDPR art 10)",
    "protected": "persons with protected identity (skyddade personuppgifter)",
}

PATTERN_KINDS: dict[str, str] = {
    "all": "every object of the system (and object type)",
    "path": "object_path begins with the pattern",
    "glob": "object_path matches a glob: * within a folder, ** across folders, ? one character",
    "id": "object_id matches a glob: * any characters, ? one character",
}

KIN_KINDS: dict[str, str] = {
    "self": "the employee's own record",
    "spouse": "married or registered partner",
    "child": "child of the employee",
    "parent": "parent of the employee",
    "sibling": "sibling",
    "other_family": "another relative",
    "household": "registered at the same address",
    "neighbour": "registered next door",
    "former": "a former spouse or household",
}

CONTACT_KINDS: dict[str, str] = {
    "visit": "came in person, or was visited",
    "call": "telephone",
    "message": "letter, mail, chat or e-service",
    "booking": "a booked time",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its columns, those that must be filled, and those whose words are closed.

    `subjects` names the columns that hold a person's number or a clear-text key and are tokenised when they are loaded.
    `unique` names the columns of which each value may hold only one row at a time.
    """

    name: str
    meaning: str
    own: tuple[Column, ...]
    required: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    words: tuple[tuple[str, frozenset[str]], ...] = ()
    dated: bool = True

    @property
    def columns(self) -> tuple[Column, ...]:
        """The table's own columns, then those of its period."""
        return self.own + (DATED if self.dated else ())

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the relation."""
        return pa.schema([pa.field(column.name, column.type) for column in self.columns])

    @property
    def relation(self) -> pa.Schema:
        """The Arrow schema of the relation that SQL files read."""
        return self.schema.append(ROW_ID) if self.dated else self.schema

    def numbered(self, rows: pa.Table, places: pa.Int64Array | None = None) -> pa.Table:
        """ROWS with `row_id`, if the table is dated and they haven't one. PLACES: of each row in its file, from 1."""
        if not self.dated or ROW_ID.name in rows.column_names:
            return rows
        number = pc.cast(pa.array(range(1, len(rows) + 1), pa.int64()) if places is None else places, pa.string())
        return rows.append_column(ROW_ID, pc.binary_join_element_wise(self.name, number, ":"))


def _text(name: str, meaning: str) -> Column:
    return Column(name, pa.string(), meaning)


def _level(name: str, meaning: str) -> Column:
    return Column(name, pa.int32(), meaning)


_PERSON = _text("person", "the employee, by the staff directory's own stable id")
_SUBJECT = _text("subject", "token of the person whom the information is about")
_UNIT = _text("unit", "the unit, by its id in `units`")
_SYSTEM = _text("system", "the IT system, as sources and events name it")
_OBJECT = (
    _SYSTEM,
    _text("object_type", "what kind of thing, as events name it; NULL = any"),
    _text("object_id", "the thing's id in its system, as events name it"),
)

PEOPLE = Table(
    "people",
    "one person who works for the municipality, and one period in which unit, role and the rest stood so",
    (
        _PERSON,
        _text("name", "the name, to be shown to those who may see it"),
        _UNIT,
        _text("manager", "the nearest manager, a `person`"),
        _text("role", "the role or title"),
        _text("kind", "schemas.vocabulary.ACTOR_KINDS; NULL in the file = staff"),
        _text("employer", "the nämnd, company or supplier that employs the person"),
        Column("employed_from", TIMESTAMP, "the first instant of the employment; NULL = not known"),
        Column("employed_to", TIMESTAMP, "the employment ended just before this; NULL = still employed"),
    ),
    required=("person",),
    unique=("person",),
    words=(("kind", frozenset(ACTOR_KINDS)),),
)

ACCOUNTS = Table(
    "accounts",
    "one account (or another name by which logs know a person) and one period in which it was that person's",
    (
        _text("account", "as logs may spell it: DOMAIN\\user, user@domain, user, SID or HSA-id; case means nothing"),
        _text("person", "who holds it; NULL = nobody (a robot, an integration)"),
        _text("unit", "the unit in which this account is used; NULL = the person's"),
        _text("role", "the role in which this account is used; NULL = the person's"),
        _text("kind", "schemas.vocabulary.ACTOR_KINDS; NULL = the person's"),
    ),
    required=("account",),
    unique=("account",),
    words=(("kind", frozenset(ACTOR_KINDS)),),
)

UNITS = Table(
    "units",
    "one unit of the organisation, and one period",
    (
        _UNIT,
        _text("name", "the unit's name"),
        _text("parent", "the unit above"),
        _text("controller", "the nämnd or company that the unit works under"),
        _text("manager", "the head of the unit, a `person`"),
        _text("area", "the geographical area that it serves; NULL = all of the municipality"),
        Column("aliases", LIST, "how logs spell the unit besides id and name: HSA-id, code; case means nothing"),
    ),
    required=("unit",),
    unique=("unit",),
)

ASSETS = Table(
    "assets",
    "one information asset (informationstillgång), and one period in which its classification stood so",
    (
        _text("asset", "the asset's id"),
        _text("name", "the asset's name"),
        _text("controller", "the nämnd or company that is personuppgiftsansvarig"),
        _level("k", "KLASSA konfidentialitet, 0-3"),
        _level("r", "KLASSA riktighet, 0-3"),
        _level("t", "KLASSA tillgänglighet, 0-3"),
        _level("s", "spårbarhet, 0-3, an addition of some municipalities; NULL = not classified"),
        _text("information_owner", "informationsägare"),
        _text("system_owner", "systemägare"),
        _text("systems_manager", "systemförvaltare"),
        Column("systems", LIST, "the IT systems that hold the asset"),
        Column("lagrum", LIST, "the statutes that bear on it"),
        _text("personal_data", "schemas.tables.PERSONAL_DATA"),
        _text("process", "code in the archival classification structure (Klassa 2.1)"),
        _text("reason", "why it was classified so"),
        _text("keep", "the keep class that its logs need; NULL = no demand"),
        Column("next_review", TIMESTAMP, "when the classification is to be looked at again"),
    ),
    required=("asset", "name", "controller", "k", "r", "t"),
    unique=("asset",),
    words=(("personal_data", frozenset(PERSONAL_DATA)),),
)

ASSET_RULES = Table(
    "asset_rules",
    "one rule that says which objects belong to an asset; the highest specificity that matches wins",
    (
        Column("rule", pa.int32(), "ordinal of the rule in order of precedence, from 0"),
        _text("asset", "the asset that the objects belong to"),
        _text("system", "only in this system; NULL = in every system"),
        _text("object_type", "only things of this kind; NULL = all kinds"),
        _text("kind", "schemas.tables.PATTERN_KINDS"),
        _text("pattern", "what object_path or object_id must look like; NULL for kind `all`"),
        Column("specificity", pa.int64(), "schemas.register.specificity: higher wins"),
    ),
    required=("asset", "kind"),
    words=(("kind", frozenset(PATTERN_KINDS)),),
)

SOURCES = Table(
    "sources",
    "one source of the settings",
    (
        _text("source", "the source's name"),
        _text("mapping", "the mapping that reads it"),
        _SYSTEM,
        _text("zone", "the zone of its times that carry none"),
        _text("keep", "its keep class"),
        Column("logs", LIST, "the actions that the system is set to log (schemas.vocabulary.ACTIONS)"),
        Column("silent_after_s", pa.int64(), "no record for so long is a silence, seconds; NULL = it may be silent"),
        Column("overlap_s", pa.int64(), "pulls overlap by so much, seconds"),
    ),
    required=("source", "mapping"),
    dated=False,
)

CONTEXT: tuple[Table, ...] = (
    Table(
        "object_subject",
        "one object that is about one person",
        (*_OBJECT, _SUBJECT),
        required=("system", "object_id", "subject"),
        subjects=("subject",),
    ),
    Table(
        "subjects",
        "one person whom information is about, without name and address",
        (
            _SUBJECT,
            _text("address_key", "token of the registered address: equal = same address"),
            _text("surname_key", "token of the surname, lower case: equal = same surname"),
            Column("protected", pa.bool_(), "protected identity (skyddade personuppgifter)"),
            Column("deceased", pa.bool_(), "deceased"),
            Column("special_interest", pa.bool_(), "in the news, well known, or known to many of the staff"),
            _text("person", "for a person who is also staff: the `person` of the directory"),
        ),
        required=("subject",),
        subjects=("subject", "address_key", "surname_key"),
        unique=("subject",),
    ),
    Table(
        "kin",
        "one employee and one person close to her or him",
        (_PERSON, _SUBJECT, _text("kind", "schemas.tables.KIN_KINDS")),
        required=("person", "subject", "kind"),
        subjects=("subject",),
        words=(("kind", frozenset(KIN_KINDS)),),
    ),
    Table(
        "rota",
        "one shift: the person was to work in the unit from valid_from to valid_to",
        (_PERSON, _UNIT, _text("role", "the role in this shift; NULL = the person's")),
        required=("person", "valid_from", "valid_to"),
    ),
    Table(
        "absence",
        "one period in which a person was away; the cause is never stored",
        (_PERSON,),
        required=("person", "valid_from"),
    ),
    Table(
        "contacts",
        "the person's own contact with a unit (from valid_from to valid_to, or at valid_from)",
        (
            _SUBJECT,
            _UNIT,
            _text("person", "the employee who was met; NULL = not known"),
            _text("kind", "schemas.tables.CONTACT_KINDS"),
        ),
        required=("subject", "unit", "valid_from"),
        subjects=("subject",),
        words=(("kind", frozenset(CONTACT_KINDS)),),
    ),
    Table(
        "delegations",
        "one employee acts in another's place",
        (
            _text("person", "the employee who is delegated to"),
            _text("from_person", "the employee in whose place; NULL = the unit's"),
            _text("unit", "for this unit's work; NULL = not bound to one"),
            _text("system", "in this system; NULL = all"),
            _text("reference", "the decision"),
        ),
        required=("person",),
    ),
    Table(
        "assignments",
        "a person or a unit works with an object or with a person's matters (case, care)",
        (
            _text("person", "the employee; NULL = the whole unit"),
            _text("unit", "the unit; NULL = the person's"),
            *_OBJECT[:2],
            _text("object_id", "the object; NULL = all that is about the subject"),
            _text("subject", "token of the person; NULL = only the object"),
            _text("role", "handläggare, kontaktperson, deputy …"),
        ),
        required=(),
        subjects=("subject",),
    ),
    Table(
        "referrals",
        "an object or a person's matter went from one unit to another",
        (
            *_OBJECT,
            _text("subject", "token of the person; NULL = only the object"),
            _text("from_unit", "the unit that asked"),
            _text("to_unit", "the unit that was asked"),
        ),
        required=("to_unit",),
        subjects=("subject",),
    ),
    Table(
        "duties",
        "an account has a duty in a system, such as systems management or support",
        (_text("account", "the account, as in `accounts`"), _SYSTEM, _text("role", "what the duty is")),
        required=("account", "system"),
    ),
    Table(
        "jobs",
        "an automated job that runs under an account",
        (
            _text("account", "the account, as in `accounts`"),
            _SYSTEM,
            _text("schedule", "`1-5 02:00-04:30` = local weekdays (1 = Monday) and hours; NULL = any time"),
            Column("first_weekday", pa.int32(), "of the schedule, 1 = Monday; 1 without a schedule"),
            Column("last_weekday", pa.int32(), "of the schedule, inclusive; 7 without one"),
            Column("start_minute", pa.int32(), "local minute of the day from which it runs; 0 without a schedule"),
            Column("stop_minute", pa.int32(), "and before which; 1440 without one; below start_minute = over midnight"),
        ),
        required=("account", "system"),
    ),
    Table(
        "investigations",
        "an open investigation (utredning) that a person works in, and what it is about",
        (
            _text("reference", "the investigation's reference (diarienummer)"),
            _PERSON,
            _text("system", "the system of the object; NULL = any"),
            _text("object_type", "what kind of thing; NULL = any"),
            _text("object_id", "the object; NULL = all that is about the subject"),
            _text("subject", "token of the person; NULL = only the object"),
        ),
        required=("reference", "person"),
        subjects=("subject",),
    ),
    Table(
        "responsibilities",
        "what a unit answers for by its task",
        (
            _UNIT,
            _text("asset", "all of this asset; NULL = by system and pattern"),
            _text("system", "in this system; NULL = any"),
            _text("object_type", "what kind of thing; NULL = any"),
            _text("pattern", "object_path or object_id begins with this; NULL = all"),
        ),
        required=("unit",),
    ),
    Table(
        "exceptions",
        "a decided exception: this detection stays silent for this key",
        (
            _text("detection", "the detection's name"),
            _text("key", "the group key of its findings"),
            _text("reason", "why, in words"),
            _text("decided_by", "who decided"),
        ),
        required=("detection", "key", "reason"),
    ),
)

# What stands in the context tables' files and does not count: no table of the municipality's own.
TABLE_FAULTS = Table(
    "table_faults",
    "what is wrong with some rows of one context table, which were set aside",
    (
        _text("relation", "the table"),
        _text("field", "the column; NULL = the row as a whole"),
        _text("reason", "why the rows don't count"),
        Column("number", pa.int64(), "how many rows"),
        Column("first_rows", LIST, "the first of them, as `row_id` names them"),
    ),
    required=("relation", "reason", "number"),
    dated=False,
)

# What duty explains: made by each run of the detections, never stored (analytics.detect).
EXPLAINED = Table(
    "explained",
    "one access that an explanation covers, and one row that this rests on",
    (
        _text("event_id", "the access"),
        _text("explanation", "the explanation's name"),
        _text("relation", "the table of the row that it rests on; `events` = an earlier event"),
        _text("row_id", "that row"),
    ),
    required=("event_id", "explanation", "relation", "row_id"),
    dated=False,
)

TABLES: dict[str, Table] = {
    table.name: table for table in (PEOPLE, ACCOUNTS, UNITS, ASSETS, ASSET_RULES, SOURCES, *CONTEXT, TABLE_FAULTS)
}
