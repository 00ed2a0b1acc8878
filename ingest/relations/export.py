"""A CSV with declared columns into a table in memory: each of its rows is there, or is a named reject."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from schemas.errors import SettingsError
from schemas.relations import RelationsSettings

_BLOCK_BYTES = 8 << 20
_ANY_OF = frozenset({"protected"})  # of several columns all cells count, not the first that holds something


@dataclass(frozen=True, slots=True)
class Reject:
    """One row that can't be used: where it stands and why, never what it holds. The row of the names is 1."""

    file: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file} row {self.row}: {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Input:
    """One file as it was read. `rows` counts every row below the names, also those that are rejects."""

    path: Path
    sha256: str
    size_bytes: int
    rows: int


def read(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    columns: Mapping[str, Sequence[str]],
    settings: RelationsSettings,
) -> tuple[Input, list[Reject]]:
    """Append the rows of PATH to TABLE of CONNECTION, made where it isn't there.

    Shape:   file VARCHAR, row BIGINT and each of COLUMNS (ours = those of the file) as VARCHAR, trimmed, NULL where
             empty. Of several columns the first cell that holds something counts; of `protected` all, with `|` between.
    Errors:  SettingsError for a file that can't be read or is no CSV of these columns; an invalid row is a Reject.
    Memory:  a block of 8 MiB, and the table.
    """
    wanted = sorted({name for names in columns.values() for name in names})
    numbers = _Numbers()
    try:
        with path.open("rb", buffering=0) as plain:
            hashed = _Hashed(plain)
            try:
                reader = pacsv.open_csv(
                    pa.PythonFile(hashed, mode="r"),
                    read_options=pacsv.ReadOptions(
                        use_threads=False, block_size=_BLOCK_BYTES, encoding=settings.encoding
                    ),
                    parse_options=pacsv.ParseOptions(
                        delimiter=settings.separator, newlines_in_values=True, invalid_row_handler=numbers.skip
                    ),
                    convert_options=pacsv.ConvertOptions(
                        column_types=dict.fromkeys(wanted, pa.string()), null_values=[""], strings_can_be_null=True
                    ),
                )
                _hold(path, reader.schema.names, wanted)
                for batch in reader:
                    _append(connection, table, path, numbers.of(len(batch)), batch, columns)
            except pa.ArrowInvalid as error:
                raise SettingsError(str(path), "file", _reason(str(error), settings.encoding)) from None
            while hashed.read(_BLOCK_BYTES):
                pass
    except OSError as error:
        raise SettingsError(str(path), "file", error.strerror or "can't be read") from None
    except UnicodeDecodeError:
        raise SettingsError(str(path), "file", _reason("UTF8", settings.encoding)) from None
    found = Input(path, hashed.digest.hexdigest(), hashed.size_bytes, numbers.good + len(numbers.bad))
    reason = "has another number of cells than the row of the names"
    return found, [Reject(str(path), row, "row", reason) for row in numbers.bad]


def declared(path: Path, columns: Mapping[str, Sequence[str]], settings: RelationsSettings) -> dict[str, list[str]]:
    """COLUMNS without those that the file PATH lacks: where the settings name none, ours may be left out.

    Errors:  SettingsError for a file that can't be read.
    """
    try:
        with path.open(encoding=settings.encoding, newline="") as file:
            header = file.readline(1 << 16).removeprefix("\ufeff").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(str(path), "file", error.strerror or "can't be read") from None
    except UnicodeDecodeError:
        raise SettingsError(str(path), "file", _reason("UTF8", settings.encoding)) from None
    names = {name.strip().strip('"') for name in header.split(settings.separator)}
    return {ours: list(theirs) for ours, theirs in columns.items() if names >= set(theirs) or ours == "number"}


class _Hashed(io.RawIOBase):
    """A file that hashes what is read of it, so that the note tells of the very bytes that were used."""

    def __init__(self, file: io.FileIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size) or b""
        self.digest.update(data)
        self.size_bytes += len(data)
        return data


class _Numbers:
    """The numbers of the file's rows, without those that were skipped."""

    def __init__(self) -> None:
        self.bad: list[int] = []
        self.good = 0
        self._next = 2  # the row of the names is 1
        self._past = 0  # of `bad`: those below _next

    def skip(self, row: pacsv.InvalidRow) -> str:
        self.bad.append(row.number)
        return "skip"

    def of(self, count: int) -> np.ndarray:
        """Numbers of the next COUNT good rows. The bad ones among them are known: the parser is ahead."""
        self.good += count
        numbers = np.arange(self._next, self._next + count, dtype=np.int64)
        for bad in self.bad[self._past :]:
            if not count or bad > numbers[-1]:
                break
            numbers[numbers >= bad] += 1
            self._past += 1
        if count:
            self._next = int(numbers[-1]) + 1
        return numbers


def _hold(path: Path, names: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if names.count(name) != 1:  # of the settings, so it may be named
            reason = "the column is missing" if name not in names else "the column stands twice"
            raise SettingsError(f"{path} row 1", name, reason)


def _append(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    numbers: np.ndarray,
    batch: pa.RecordBatch,
    columns: Mapping[str, Sequence[str]],
) -> None:
    cells = {name: _trimmed(batch.column(name)) for name in {name for names in columns.values() for name in names}}
    rows = {"file": pa.repeat(str(path), len(batch)), "row": pa.array(numbers)}
    for ours, theirs in columns.items():
        several = [cells[name] for name in theirs]
        if ours in _ANY_OF and len(several) > 1:
            rows[ours] = pc.binary_join_element_wise(*several, "|", null_handling="skip")
        else:
            rows[ours] = pc.coalesce(*several)
    connection.register("given_rows", pa.table(rows))
    try:
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM given_rows")
    finally:
        connection.unregister("given_rows")


def _trimmed(cells: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _reason(message: str, encoding: str) -> str:
    """What Arrow says, without what it quotes from the file."""
    if "Empty CSV" in message:
        return "is empty"
    return f"is not {encoding}; see [relations] encoding" if "UTF8" in message else "is no CSV"
