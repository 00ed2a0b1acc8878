"""The collector of tables: audit tables of business systems, read as they grow."""

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from schemas.collectors.base import above
from schemas.collectors.polling import Polling
from schemas.errors import SettingsError
from schemas.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Database(Polling):
    """kind = "database": each row of a table is a record."""

    url: Secret  # dialect://user@host/database; Secret, since many write the password there
    table: str  # or a view; schema.table
    growing: str  # the column that says what is new: an id, or the time of the row's last change
    source: str
    password: Secret | None = None
    password_file: Path | None = None  # its first line is the password
    zone: str | None = None  # of a growing time that has none
    columns: tuple[str, ...] = ()  # empty = all
    start: str = ""  # the least value of `growing` that is read; empty = the whole table
    batch_rows: int = 2000  # at most so many at once
    timeout_s: float = 60.0  # of one statement

    def __post_init__(self) -> None:
        Polling.__post_init__(self)
        above(self, "batch_rows", self.batch_rows, 0)
        above(self, "timeout_s", self.timeout_s, 0)
        for key in ("table", "growing", "source"):
            if not getattr(self, key):
                raise SettingsError(self.place, key, "is empty")
        if self.zone is not None and self.zone not in available_timezones():
            raise SettingsError(self.place, "zone", "want a zone, such as Europe/Stockholm or UTC")
        if self.password is not None and self.password_file is not None:
            raise SettingsError(self.place, "password_file", "there is a password too")

    def sources(self) -> set[str]:
        """The one that the table's rows are."""
        return {self.source}
