"""Which files may hold a value: a Bloom filter a file, over columns and blocks of records, see `analytics.narrow`.

Parquet has filters of its own, but to ask them each file must be opened, 0.2 ms and more: of a year of days that is
most of what an answer takes. These stand in memory. Twelve bits a value and six hashes: one file of 300 is opened in
vain.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import numpy.typing as npt

from analytics.narrow import ASSIGNED, BLOCK_RECORDS, COLUMNS, LATIN, TOLD_APART, apart
from analytics.views import ASSIGNED_ADDRESS, MEMBER_NAMES
from schemas.sqltext import literal

if TYPE_CHECKING:
    from ingest.lake import DataFile, Table

_Bits = npt.NDArray[np.uint8]
_Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
_BITS, _HASHES = 12, 6
_WORD = (1 << 64) - 1
_FORM = 7  # of what is kept; another is made anew
_LEAST_BYTES = 64
_KEPT_ROWS = 10_000  # of smaller files, which are merged soon, they are made again
MOST_BYTES = 256 << 20
# The last 8 bytes, the same in every version of DuckDB. Its macro `md5_number_lower` costs three times as much.
_HASH = "(md5_number(lower(value)) >> 64)::UBIGINT"
# To whom a right was given, where the record alone has the SID. Every SID of such a record: forwarders spell the field
# in many ways, and a value too many opens a file in vain, where one too few would hide an event.
_MEMBERS = """SELECT DISTINCT {apart} || unnest(regexp_extract_all(details, 'S-1-[0-9-]+', 0, 'i')) AS value
FROM {relation} WHERE action IN ('grant', 'revoke') AND contains(details, 'MemberSid')"""
# Accounts that a log spells with their domain, as the directory may spell them in another way.
_NAMES = """SELECT DISTINCT {apart} || account_key(target_account) AS value
FROM {relation} WHERE contains(target_account, '\\') OR contains(target_account, '@')"""
# By what the ends of sessions are asked about that were given an address, which the record alone tells.
_KNOWN_BY = ("assigned_ip", "actor_account", "actor_person", "src_ip")
_ENDS = """SELECT DISTINCT unnest([{values}]) AS value
FROM (SELECT assigned_address(details) AS assigned_ip, actor_account, actor_person, src_ip
      FROM {relation} WHERE action IN ('login', 'logout'))
WHERE assigned_ip IS NOT NULL"""


class Fingerprints:
    """Those of one table's files, kept in FOLDER for large ones. At most MOST_BYTES; files beyond are not known."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder / f"fingerprints-{_FORM}"
        self._most = most_bytes
        self._known: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def unknown(self, files: Iterable["DataFile"]) -> list["DataFile"]:
        """Those of FILES that have none yet."""
        return [file for file in files if file.path not in self._known]

    def learn(self, connection: duckdb.DuckDBPyConnection, table: "Table", files: Sequence["DataFile"]) -> None:
        """Read, or make, those of FILES. What is gone meanwhile is left out."""
        for file in files:
            place = self._folder / f"{Path(file.path).stem}.npy"
            bits: _Bits | None = None
            with suppress(OSError, ValueError):
                bits = np.load(place)
            if bits is None:
                with suppress(duckdb.IOException):
                    bits = _made(connection, table.scan(files=[file]))
                    if file.rows >= _KEPT_ROWS:
                        self._keep(place, bits)
            if bits is not None:
                with self._lock:
                    if sum(map(len, self._known.values())) + bits.nbytes <= self._most:
                        self._known[file.path] = bits.tobytes()

    def forget(self, live: Iterable[str]) -> None:
        """Drop what is known of files that are no longer LIVE (paths)."""
        with self._lock:
            kept = set(live)
            self._known = {path: bits for path, bits in self._known.items() if path in kept}

    def hashes(self, connect: _Connect, values: Iterable[str]) -> list[int]:
        """Of VALUES; CONNECT opens a connection, where letters need one."""
        values = list(values)
        if all(letter <= LATIN for value in values for letter in value):  # this spares a statement
            return [_hashed(value.lower()) for value in values]
        sql = f"SELECT {_HASH} AS hash FROM (SELECT unnest($values::VARCHAR[]) AS value)"
        with connect() as connection:
            return [int(hash_) for (hash_,) in connection.execute(sql, {"values": values}).fetchall()]

    def among(self, files: Iterable["DataFile"], groups: Sequence[Sequence[int]]) -> list["DataFile"]:
        """Those of FILES that may hold at least one value of each of GROUPS (hashes). One that isn't known may."""
        known = self._known
        return [file for file in files if file.path not in known or _may_hold(known[file.path], groups)]

    def _keep(self, place: Path, bits: _Bits) -> None:
        with suppress(OSError):  # who may only read the lake makes them each time
            place.parent.mkdir(parents=True, exist_ok=True)
            temporary = place.with_suffix(f".{threading.get_ident()}")
            with temporary.open("wb") as file:
                np.save(file, bits)
            temporary.replace(place)


def _hashed(lowered: str) -> int:
    """As _HASH has it, of a text in lower case."""
    digest = hashlib.md5(lowered.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little")


def _made(connection: duckdb.DuckDBPyConnection, relation: str) -> _Bits:
    values = [*COLUMNS, *(f"{literal(apart(name, ''))} || {name}" for name in TOLD_APART)]
    distinct = f"SELECT DISTINCT unnest([{', '.join(values)}]) AS value FROM {relation}"
    blocks = f"SELECT DISTINCT shard, position // {BLOCK_RECORDS} AS block FROM {relation}"
    both = f"{distinct} UNION ALL SELECT 'shard ' || shard || ' ' || block FROM ({blocks})"  # as `narrow.block`
    both += f" UNION ALL {_MEMBERS.format(apart=literal(apart('target_account', '')), relation=relation)}"
    connection.execute(MEMBER_NAMES.read_text(encoding="utf-8") + ASSIGNED_ADDRESS.read_text(encoding="utf-8"))
    both += f" UNION ALL {_NAMES.format(apart=literal(apart('target_account', '')), relation=relation)}"
    ends = [f"{literal(apart(f'{ASSIGNED} {name}', ''))} || {name}" for name in _KNOWN_BY]
    both += f" UNION ALL {_ENDS.format(values=', '.join(ends), relation=relation)}"
    rows = connection.sql(f"SELECT {_HASH} AS hash FROM ({both}) WHERE value IS NOT NULL").to_arrow_table()
    found = rows["hash"].to_numpy().astype(np.uint64)
    bits = np.zeros(max(_LEAST_BYTES, len(found) * _BITS // 8), np.uint8)
    places = _places(found, len(bits)).ravel()
    np.bitwise_or.at(bits, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))
    return bits


def _may_hold(bits: bytes, groups: Sequence[Sequence[int]]) -> bool:
    return all(any(_held(bits, value) for value in group) for group in groups)


def _held(bits: bytes, value: int) -> bool:
    """As `_places` has it, of one hash: most files are ruled out by its first bits, before numpy has begun."""
    length, step = len(bits) * 8, value >> 32 | 1
    for number in range(_HASHES):
        place = (value + number * step & _WORD) % length
        if not bits[place >> 3] >> (place & 7) & 1:
            return False
    return True


def _places(hashes: npt.NDArray[np.uint64], length: int) -> npt.NDArray[np.int64]:
    """The bits of each hash in a filter of LENGTH bytes: a column a hash."""
    step = (hashes >> np.uint64(32)) | np.uint64(1)
    rounds = np.arange(_HASHES, dtype=np.uint64)[:, None]
    places: npt.NDArray[np.int64] = ((hashes + rounds * step) % np.uint64(length * 8)).astype(np.int64)
    return places
