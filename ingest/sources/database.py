"""Rows of a table that grows, as records: one JSON object each.

A poll is one statement: what lies above a mark, in the order of the growing column, fetched in batches. A mark says
what had been read at a moment. The last poll saw all that was committed before it began; so what it can't have seen was
given its id or time at most late_s before that, and lies above the newest mark that is older. What else lies there was
read before, and is known by its entry.
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import exc

from ingest.sources import drivers
from ingest.sources.polling import Page, Pages, Poller, PollFailed, log
from ingest.sources.remembered import Entry, digest
from schemas.collectors.database import Database

_PAGE_BYTES = 4 << 20  # fewer rows are fetched at once where they are long
_FIRST_ROWS = 100
_MARKS = 64
_CANCEL_S = 0.1
_GRAIN = timedelta(minutes=1)  # the coarsest clock that a time column has: rows of one value may come for so long
_AHEAD = timedelta(minutes=5)  # clocks differ by so much

Value = int | Decimal | datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """At `moment` all had been read whose growing column was at most `value`. None: nothing had."""

    moment: datetime
    value: Value | None


@dataclass(slots=True)
class Reading:
    """How far a table was read. The cursor is its JSON."""

    marks: list[Mark]  # the newest is the last; never empty
    read: datetime | None = None  # when the last poll began that came as far as the newest mark
    generation: int = 0  # a table that began anew has other rows under the same keys

    def begin(self, late: timedelta, known_since: datetime) -> Mark:
        """Where the next poll begins; later where not all that was read since is known."""
        old = [mark for mark in self.marks if self.read and mark.moment <= self.read - late]
        mark = old[-1] if old else self.marks[0]
        if mark.moment < known_since:
            mark = next((each for each in self.marks if each.moment >= known_since), self.marks[-1])
        return mark

    def reached(self, value: Value, now: datetime, late: timedelta) -> bool:
        """All up to VALUE has been read NOW. False if that is known already."""
        newest = self.marks[-1]
        if newest.value is not None and value <= newest.value:  # type: ignore[operator]
            return False
        # The latest always stands; those before it needn't lie close together.
        if len(self.marks) > 2 and newest.moment - self.marks[-2].moment < late / (_MARKS / 2):  # noqa: PLR2004
            self.marks.pop()
        self.marks.append(Mark(now, value))
        if len(self.marks) > _MARKS:
            self.marks = [*self.marks[:-1:2], self.marks[-1]]
        return True


@dataclass(slots=True)
class Table:
    """What the system says of the table."""

    rows: sa.TableClause
    growing: sa.ColumnClause[Any]
    columns: list[str]  # that a record has
    key: list[str]  # the primary key
    nullable: bool
    zone: ZoneInfo | None  # of its times; None: it has numbers
    zoned: bool  # they say so themselves

    @property
    def selected(self) -> list[str]:
        """The columns of a record, and what else says which row it is."""
        return list(dict.fromkeys([*self.columns, *self.key, self.growing.name]))

    def value(self, text: str) -> Value:
        """The growing column's value that `str` made TEXT of. Errors: ValueError."""
        if self.zone:
            return datetime.fromisoformat(text)
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else number

    def late(self, late: timedelta, moment: datetime) -> timedelta:
        """How long after MOMENT something may come that lies before what had been read by then."""
        if not self.zone:
            return late
        # A wall clock that is set back gives the same hour twice.
        before = (moment - late - timedelta(hours=3)).astimezone(self.zone).utcoffset()
        after = (moment + timedelta(hours=2)).astimezone(self.zone).utcoffset()
        return late + _GRAIN + _AHEAD + max(timedelta(0), (before or timedelta(0)) - (after or timedelta(0)))

    def latest(self, moment: datetime) -> datetime | None:
        """Beyond it nothing is read: what follows a time that is wrong would never be read."""
        if not self.zone:
            return None
        latest = (moment + self.late(timedelta(0), moment) - _GRAIN).astimezone(self.zone)
        return latest if self.zoned else latest.replace(tzinfo=None)


class DatabaseCollector(Poller):
    """kind = "database"."""

    settings: Database

    def __init__(self, settings: Database) -> None:
        super().__init__(settings, f"{settings.table} {settings.growing}")
        self._engine: sa.Engine
        self._late = timedelta(seconds=settings.late_s)
        self._raw: Any = None  # the driver's connection, while it is asked
        self._interrupted = False
        self._ahead: Any = None  # what was told of
        self._end: Any = None

    async def open(self) -> None:
        """Find the driver, read the password. Errors: SettingsError."""
        self._engine = drivers.engine(self.settings)

    def interrupt(self) -> None:
        """Cancel the statement, and those that follow it, where the driver can."""
        self._interrupted = True
        while hasattr(connection := self._raw, "cancel"):
            with suppress(Exception):
                connection.cancel()
            sleep(_CANCEL_S)

    def pages(self, cursor: Any) -> Pages:
        """One poll. Errors: PollFailed."""
        with self._asking(), self._engine.connect() as connection:
            self._raw = connection.connection.driver_connection
            if self._interrupted:
                return
            began = self.now()
            drivers.begin(connection, self.settings.timeout_s)
            table = self._table(connection)
            drivers.exactly(connection)
            reading = self._reading(cursor, table)
            self._check(connection, table, reading, began)
            yield from self._read(connection, table, reading, began)

    def _read(self, connection: sa.Connection, table: Table, reading: Reading, began: datetime) -> Pages:
        begin = self._begin(table, reading)
        statement = select(table, begin.value, self._start(table, begin), table.latest(began))
        streaming = connection.execution_options(stream_results=True, max_row_buffer=self.settings.batch_rows)
        with streaming.execute(statement) as result:
            last = yield from self._stream(result, table, reading, began)
        if last is not None:
            reading.reached(last, self.now(), self._late)
        reading.read = began
        yield self._page(table, reading, [], [])

    def _stream(
        self, result: sa.CursorResult[Any], table: Table, reading: Reading, began: datetime
    ) -> Generator[Page, None, Value | None]:
        """The pages of a statement's RESULT. Gives the last value of the growing column."""
        identify = self._identify(reading, table)
        count, last = min(_FIRST_ROWS, self.settings.batch_rows), None
        while rows := result.fetchmany(count):
            now = self.now()
            records = _records(rows, len(table.columns), table.columns)
            entries, before, last = identify(rows, records)
            if before is not None and reading.reached(before, now, self._late):
                reading.read = began
            yield self._page(table, reading, records, entries)
            size = sum(map(len, records)) // len(records)
            count = max(1, min(self.settings.batch_rows, 4 * count, _PAGE_BYTES // max(1, size)))
        return last

    def _begin(self, table: Table, reading: Reading) -> Mark:
        late = table.late(self._late, reading.read) if reading.read else timedelta(0)
        return reading.begin(late, self.known_since)

    def _page(self, table: Table, reading: Reading, records: list[bytes], entries: list[Entry]) -> Page:
        """What is kept, and a copy of how far it came."""
        begin = self._begin(table, reading)
        kept = [mark for mark in reading.marks if mark.moment >= begin.moment]
        cursor = {
            "generation": reading.generation,
            "read": reading.read and reading.read.isoformat(),
            "marks": [[mark.moment.isoformat(), None if mark.value is None else str(mark.value)] for mark in kept],
        }
        host = self._engine.url.host
        return Page(self.settings.source, records, entries, cursor, begin.moment, host, self.settings.table)

    def _reading(self, cursor: Any, table: Table) -> Reading:
        if cursor is None:
            return Reading([Mark(self.known_since, None)])
        try:
            return Reading(
                [
                    Mark(datetime.fromisoformat(moment), None if text is None else table.value(text))
                    for moment, text in cursor["marks"]
                ],
                datetime.fromisoformat(cursor["read"]) if cursor["read"] else None,
                cursor["generation"],
            )
        except (ValueError, ArithmeticError):
            raise PollFailed("growing: the column is of another type than before") from None

    def _table(self, connection: sa.Connection) -> Table:
        """Errors: PollFailed for a table or column that isn't there, or a growing column that doesn't grow."""
        schema, _, name = self.settings.table.rpartition(".")
        inspector = sa.inspect(connection)
        try:
            found = {each["name"]: each for each in inspector.get_columns(name, schema or None)}
            key = inspector.get_pk_constraint(name, schema or None)["constrained_columns"]
        except exc.NoSuchTableError:
            raise PollFailed("table: there is none of that name, or it is hidden from this user") from None
        for column in (self.settings.growing, *self.settings.columns):
            if column not in found:
                raise PollFailed(f"the table has no column {column}")
        growing = found[self.settings.growing]
        kind = growing_kind(growing["type"])
        if kind is None:
            raise PollFailed("growing: want a column of whole numbers, decimals or times")
        zoned = bool(getattr(growing["type"], "timezone", False))
        zone = "UTC" if zoned else self.settings.zone
        if kind is datetime and zone is None:
            raise PollFailed("zone: missing; the growing column has times without offset")
        columns = [sa.column(each, found[each]["type"] if each == growing["name"] else None) for each in found]
        return Table(
            rows=sa.table(name, *columns, schema=schema or None),
            growing=next(column for column in columns if column.name == growing["name"]),
            columns=list(self.settings.columns or found),
            key=list(key),
            nullable=bool(growing["nullable"]),
            zone=ZoneInfo(zone) if kind is datetime and zone else None,
            zoned=zoned,
        )

    def _check(self, connection: sa.Connection, table: Table, reading: Reading, began: datetime) -> None:
        """Notice what is wrong with the rows, and whether the table began anew. Errors: PollFailed."""
        if table.nullable and connection.execute(sample(table, table.growing.is_(None))).first() is not None:
            raise PollFailed("growing: the column is empty in some rows, which would never be read")
        latest, newest = table.latest(self.now()), reading.marks[-1].value
        if latest is None and newest is None:
            return
        top = connection.execute(last(table, None)).scalar()
        if latest is not None and not (top is None or (isinstance(top, datetime) and top <= latest)):
            if top != self._ahead:
                self.odd("rows from the future: they are read when their time comes")
            self._ahead = top
        if newest is None:
            return
        end = connection.execute(last(table, max(latest, newest))).scalar() if latest else top
        away = self._away(reading, began)
        if end is not None and end >= newest:
            if away and connection.execute(sample(table, table.growing <= newest)).first() is None:
                self._unread(reading)
            return
        if end is not None and self._knows(connection, table, reading, end):
            if end != self._end:
                self.odd("rows that were read are gone from the table's end")
            self._end = end
            return
        self._anew(reading, away=away)

    def _away(self, reading: Reading, began: datetime) -> bool:
        """Whether nobody has read the table for so long that rows may have come and gone meanwhile."""
        usual = self._late + timedelta(seconds=self.settings.poll_s)
        return reading.read is not None and began - reading.read > usual

    def _anew(self, reading: Reading, *, away: bool) -> None:
        self.odd("the table began anew (emptied, or its ids set back): it is read from its beginning")
        if away:
            self._unread(reading)
        reading.marks, reading.read = [Mark(self.now(), None)], None
        reading.generation += 1

    def _unread(self, reading: Reading) -> None:
        """All that had been read has gone from the table while nobody read it."""
        told = f"{self.settings.table}: rows deleted since {reading.read}, perhaps unread"
        log.error("%s: %s", self.settings.place, told)
        self.lost(self.settings.source, "times that rows may have been deleted unread", told=told)

    def _knows(self, connection: sa.Connection, table: Table, reading: Reading, value: Value) -> bool:
        """Whether the rows with VALUE were read, as they are."""
        rows = connection.execute(sample(table, table.growing == value)).all()
        records = _records(rows, len(table.columns), table.columns)
        entries, _, _ = self._identify(reading, table)(rows, records)
        return all(self.knows(entry) for entry in entries)

    def _identify(self, reading: Reading, table: Table) -> "_Identify":
        return _Identify(f"{self.settings.name} {reading.generation} {self.scope}".encode(), table)

    def _start(self, table: Table, begin: Mark) -> Value | None:
        if begin.value is not None or not self.settings.start:
            return None
        try:
            return table.value(self.settings.start)
        except (ValueError, ArithmeticError):
            raise PollFailed("start: is no value of the growing column") from None

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except exc.SQLAlchemyError as error:
            raise PollFailed(drivers.reason(error)) from None
        except UnicodeDecodeError:
            raise PollFailed("a text isn't in the encoding that the database says") from None
        finally:
            self._raw = None


@dataclass(slots=True)
class _Identify:
    """What rows are known by: primary key and growing column; without a key all of it, and its number among equals."""

    scope: bytes
    table: Table
    _equal: dict[bytes, int] = field(default_factory=dict)
    _last: Value | None = None

    def __call__(
        self, rows: Sequence[Sequence[Any]], records: list[bytes]
    ) -> tuple[list[Entry], Value | None, Value | None]:
        """The entries of ROWS; the value before the last, which no more rows can have; and the last one."""
        selected = self.table.selected
        grown = selected.index(self.table.growing.name)
        key = [selected.index(name) for name in self.table.key]
        entries, before = [], None
        for row, record in zip(rows, records, strict=True):
            value = row[grown]
            if not isinstance(value, Value):
                raise PollFailed("growing: a value is outside of what can be compared")
            if value != self._last:
                before, self._last = self._last, value
                self._equal.clear()
            content = digest(record)
            if key:
                own = digest(self.scope, *(str(row[at]).encode() for at in key), str(value).encode())
            else:
                number = self._equal[content] = self._equal.get(content, 0) + 1
                own = digest(self.scope, content, number.to_bytes(8, "little"))
            entries.append(Entry(own, content))
        return entries, before, self._last


def growing_kind(declared: sa.types.TypeEngine[Any]) -> type | None:
    """Decimal or datetime, as the values of a column compare that can grow; None for one that can't."""
    if isinstance(declared, sa.Integer | sa.Numeric) and not isinstance(declared, sa.Float):
        return Decimal
    return datetime if isinstance(declared, sa.DateTime) else None


def select(table: Table, above: Value | None, start: Value | None, latest: datetime | None) -> sa.Select[Any]:
    """The rows beyond ABOVE, or from START on, in the order of the growing column."""
    statement = sa.select(*(table.rows.c[name] for name in table.selected)).order_by(table.growing)
    if above is not None:
        statement = statement.where(table.growing > above)
    if start is not None:
        statement = statement.where(table.growing >= start)
    return statement if latest is None else statement.where(table.growing <= latest)


def last(table: Table, latest: Value | None) -> sa.Select[Any]:
    """The greatest value of the growing column."""
    statement = sa.select(sa.func.max(table.growing))
    return statement if latest is None else statement.where(table.growing <= latest)


def sample(table: Table, where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Some row that WHERE is true of."""
    return sa.select(*(table.rows.c[name] for name in table.selected)).where(where).limit(1)


def _records(rows: Sequence[Sequence[Any]], count: int, names: list[str]) -> list[bytes]:
    """The first COUNT cells of each row as a JSON object."""
    encode = _ENCODER.encode
    records = []
    for row in rows:
        cells = dict(zip(names, row[:count], strict=True))
        try:
            records.append(encode(cells).encode())
        except (ValueError, UnicodeEncodeError):  # NaN, infinity; half a character
            told = {name: repr(cell) if isinstance(cell, float) else cell for name, cell in cells.items()}
            records.append(encode(told).encode("utf-8", "replace"))
    return records


def _spelt(value: Any) -> Any:
    """What JSON has no word for: decimals and times to the last digit, bytes in hex."""
    told = _SPELT.get(type(value))
    if told is not None:
        return told(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


_SPELT: dict[type, Callable[[Any], str]] = {
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    Decimal: lambda value: format(value, "f"),
}
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_spelt)
