"""From an export of the resident register and the staff list to pairs and flags; the rest leaves a signed note only.

All is computed in memory: DuckDB gets no folder to spill into, so it stops with an error rather than write a register
in clear. Order: 1 read, 2 kin.csv and subjects.csv, each in one step, 3 what is to be deleted, as pending.json,
4 deletion, 5 the note. A crash before 3 leaves valid tables and no note: build again. A crash after 3 is healed by the
next build, which deletes what is left of the same bytes and signs the note.
"""

import fcntl
import hashlib
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyarrow import csv

from ingest import identity
from ingest.lake import engine
from ingest.relations import note
from ingest.relations.export import Input, Reject, declared, read
from schemas import tablefile
from schemas.errors import LakeError, SettingsError
from schemas.relations import REGISTER_COLUMNS, RelationsSettings
from schemas.settings import Settings
from schemas.tables import TABLES

_HERE = Path(__file__).parent
_ROUNDS = 20  # a person has changed number so many times at most
_KEPT = (
    "Ur filerna ovan har bevarats enbart det som står i kin.csv och subjects.csv: par av anställd och en annan persons"
    " pseudonym (token) med slag och giltighetstid, samt för de personer som behövs uppgifterna skyddad och avliden och"
    " nycklar (token) för adress och efternamn. Personnummer, namn, adresser och övriga relationer har inte bevarats."
)


@dataclass(frozen=True, slots=True)
class Output:
    """One table that was written."""

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: files read and what became of them, rows refused, tables kept, pairs by kind, and the note."""

    inputs: tuple[Input, ...]
    fates: tuple[str, ...]
    rejects: tuple[Reject, ...]
    outputs: tuple[Output, ...]
    kinds: dict[str, int]
    note: Path


def build(
    settings: Settings,
    register: Sequence[Path],
    staff: Sequence[Path],
    *,
    delete: bool = False,
    replace: bool = False,
    known_from: date | None = None,
    now: datetime | None = None,
) -> Built:
    """Write kin.csv and subjects.csv into the context folder of SETTINGS, and the note into the lake's.

    DELETE removes the input files. REPLACE allows tables that no build wrote to be replaced; persons of special
    interest are taken over from them in any case. KNOWN_FROM is when the facts were known; by default as soon as
    they held.

    Errors:  SettingsError without a recorded decision, a context folder or the key of the tokens, for files that can't
             be read, and for tables that no build wrote. LakeError if the memory of [lake] isn't enough.
    """
    now = now or datetime.now(UTC)
    folder = _hold(settings)
    home = settings.lake.root / "relations"
    with _turn(home):
        key = _signing_key(settings.relations.signing_key, home)
        _complete(home, key)
        if not replace:
            _hold_ours(folder, home)
        inputs, rejects, kin, subjects = _compute(settings, register, staff, folder, now)
        outputs = [_write(folder, "kin", kin, known_from), _write(folder, "subjects", subjects, known_from)]
        kinds = Counter(kin["kind"].to_pylist())
        refused = Counter(each.file for each in rejects)
        draft = {
            "decision": settings.detection.relations_decision,
            "time": now.astimezone(UTC).isoformat(timespec="seconds"),
            "delete": delete,
            "inputs": [
                {**asdict(each), "path": str(each.path.resolve()), "rejects": refused[str(each.path)]}
                for each in inputs
            ],
            "outputs": [asdict(each) for each in outputs],
            "kinds": dict(sorted(kinds.items())),
        }
        _put(home / "pending.json", json.dumps(draft).encode())
        path, fates = _complete(home, key)
        return Built(tuple(inputs), tuple(fates), tuple(rejects), tuple(outputs), dict(kinds), path)


def _hold(settings: Settings) -> Path:
    if not settings.detection.relations_decision:
        reason = "is missing: without a recorded decision the relations of the staff may not be used"
        raise SettingsError("detection", "relations_decision", reason)
    if settings.context.folder is None:
        raise SettingsError("context", "folder", "is missing: the tables are written there")
    if not settings.context.folder.is_dir():
        raise SettingsError(str(settings.context.folder), "folder", "is no folder")
    if not settings.lake.root.is_dir():
        raise LakeError(f"{settings.lake.root}: there is no lake here")
    return settings.context.folder


def _signing_key(path: Path | None, home: Path) -> Ed25519PrivateKey:
    if path is not None:
        key = note.read_key(path)
    else:
        path = home / "signing.pem"
        key = note.read_key(path) if path.exists() else note.create_key(path)
    _put(home / "verifier", f"{note.verifier(key)}\n".encode())
    return key


def _hold_ours(folder: Path, home: Path) -> None:
    """Refuse to replace what people wrote."""
    written = [each.read_text(encoding="utf-8") for each in home.glob("*.note")]
    for name in ("kin", "subjects"):
        path = folder / f"{name}.csv"
        if path.exists() and not any(_sha256(path) in text for text in written):
            raise SettingsError(str(path), "file", "is not as a build left it; --replace replaces it")


def _compute(
    settings: Settings, register: Sequence[Path], staff: Sequence[Path], folder: Path, now: datetime
) -> tuple[list[Input], list[Reject], pa.Table, pa.Table]:
    if not register or not staff:
        raise SettingsError("relations", "files", "want an export of the register and a staff list")
    key = identity.read_key(settings.identity_key)
    connection = engine(memory_limit=f"{settings.lake.memory_bytes}B")
    try:
        identity.prepare(connection, key)
        _special(connection, folder, key)
        inputs, rejects = _read(connection, settings.relations, register, staff)
        connection.execute("SET VARIABLE now = $1::TIMESTAMPTZ", [now])
        for name in ("relation", "protected"):
            words = settings.relations.meanings(name)
            connection.execute(f"SET VARIABLE {name}_words = MAP($1, $2)", [list(words), list(words.values())])
        connection.execute((_HERE / "rows.sql").read_text(encoding="utf-8"))
        rejects += _rejects(connection)
        _numbers(connection)
        _pairs(connection, settings.relations)
        found = [connection.sql(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table() for name in ("kin", "subjects")]
    except duckdb.OutOfMemoryException:
        raise LakeError("relations: more memory is needed than [lake] memory_bytes; nothing was written") from None
    finally:
        connection.close()
    return inputs, sorted(rejects, key=lambda r: (r.file, r.row)), found[0], found[1]


def _read(
    connection: duckdb.DuckDBPyConnection, settings: RelationsSettings, register: Sequence[Path], staff: Sequence[Path]
) -> tuple[list[Input], list[Reject]]:
    inputs, rejects = [], []
    for table, names, paths, columns in (
        ("register", tuple(REGISTER_COLUMNS), register, settings.register),
        ("staff", ("person", "number"), staff, settings.staff),
    ):
        connection.execute(
            f"CREATE TEMP TABLE {table} (file VARCHAR, row BIGINT, {', '.join(f'{name} VARCHAR' for name in names)})"
        )
        for path in paths:
            optional = table == "register" and not settings.columns
            given = declared(path, columns, settings) if optional else columns
            found, refused = read(connection, table, path, given, settings)
            inputs.append(found)
            rejects += refused
    return inputs, rejects


def _rejects(connection: duckdb.DuckDBPyConnection) -> list[Reject]:
    sql = """
        SELECT file, row, split_part(reject, '|', 1), split_part(reject, '|', 2)
        FROM (SELECT file, row, reject FROM register_rows UNION ALL SELECT file, row, reject FROM staff_rows)
        WHERE reject IS NOT NULL"""
    return [Reject(*row) for row in connection.execute(sql).fetchall()]


def _numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """`numbers`: each number that is linked to another, and the least of all that it leads to."""
    connection.execute("""
        CREATE TEMP TABLE links AS
        SELECT n, other FROM register_rows WHERE reject IS NULL AND other <> n
        UNION SELECT other, n FROM register_rows WHERE reject IS NULL AND other <> n;
        CREATE TEMP TABLE numbers AS SELECT n AS number, least(n, min(other)) AS who FROM links GROUP BY n""")
    for _ in range(_ROUNDS):
        [(changed,)] = connection.execute("""
            CREATE OR REPLACE TEMP TABLE nearer AS
            SELECT l.n AS number, min(m.who) AS who FROM links AS l JOIN numbers AS m ON m.number = l.other
            GROUP BY l.n;
            UPDATE numbers SET who = nearer.who FROM nearer
            WHERE nearer.number = numbers.number AND nearer.who < numbers.who""").fetchall()
        if not changed:
            return
    raise SettingsError("register", "other_number", f"leads on from number to number more than {_ROUNDS} times")


def _pairs(connection: duckdb.DuckDBPyConnection, settings: RelationsSettings) -> None:
    text = (_HERE / "pairs.sql").read_text(encoding="utf-8")
    for name in ("household_most", "surname_most"):
        text = text.replace(f"${name}", str(getattr(settings, name)))
    connection.execute(text)


def _special(connection: duckdb.DuckDBPyConnection, folder: Path, key: identity.Key) -> None:
    """`special`: the persons of special interest of the table that stands in the folder; they come from people."""
    table, path = TABLES["subjects"], folder / "subjects.csv"
    if not path.exists():
        connection.execute("CREATE TEMP TABLE special (subject VARCHAR, valid_from DATE, valid_to DATE)")
        return
    rows = tablefile.read(table, path)
    helper = engine()
    try:
        identity.prepare(helper, key)
        rows = identity.tokenise_table(helper, table, rows)
    finally:
        helper.close()
    connection.register("old_subjects", rows)
    connection.execute("""
        CREATE TEMP TABLE special AS
        SELECT subject, timezone('Europe/Stockholm', valid_from)::DATE AS valid_from,
               timezone('Europe/Stockholm', valid_to)::DATE AS valid_to
        FROM old_subjects WHERE special_interest""")
    connection.unregister("old_subjects")


def _write(folder: Path, name: str, rows: pa.Table, known_from: date | None) -> Output:
    """NAME.csv in FOLDER, in one step."""
    connection = engine()
    try:
        connection.register("given", rows)
        columns = [column for column in rows.column_names if column not in {"since", "until"}]
        known = f"DATE '{known_from}'" if known_from else "NULL"
        given = connection.sql(f"""
            SELECT {", ".join(columns)}, nullif(since, DATE '1601-01-01') AS valid_from,
                   nullif(until, DATE '9999-12-31') AS valid_to, {known} AS known_from
            FROM given""").to_arrow_table()
    finally:
        connection.close()
    data = pa.BufferOutputStream()
    csv.write_csv(given, data)
    content = data.getvalue().to_pybytes()
    _put(folder / f"{name}.csv", content)
    return Output(f"{name}.csv", hashlib.sha256(content).hexdigest(), len(rows))


def _complete(home: Path, key: Ed25519PrivateKey) -> tuple[Path, list[str]]:
    """Do what pending.json says is left and sign the note: its place, and what became of each input file."""
    pending = home / "pending.json"
    if not pending.exists():
        return home, []
    draft = json.loads(pending.read_text(encoding="utf-8"))
    fates = [_fate(given, delete=draft["delete"]) for given in draft["inputs"]]
    path = home / f"{draft['time'].replace(':', '').replace('+0000', 'Z')}-{uuid.uuid4().hex[:8]}.note"
    _put(path, note.sign(_text(draft, fates), key).encode())
    pending.unlink()
    return path, fates


def _fate(given: dict[str, Any], *, delete: bool) -> str:
    """What became of an input file: only the very bytes that were read are deleted."""
    path = Path(given["path"])
    if not delete:
        return "lämnad kvar"
    if path.exists():
        if _sha256(path) != given["sha256"]:
            return "inte raderad: en annan fil står nu på platsen"
        try:
            path.unlink()
        except OSError as error:
            return f"inte raderad: {error.strerror}"
    return "raderad"


def _text(draft: dict[str, Any], fates: list[str]) -> str:
    lines = [
        "Sparhund: gallring efter framställning av relationer",
        f"beslut: {draft['decision']}",
        f"tid: {draft['time']}",
    ]
    for given, fate in zip(draft["inputs"], fates, strict=True):
        lines += [
            f"indatafil: {given['path']}",
            f"  sha256: {given['sha256']}",
            f"  byte: {given['size_bytes']}",
            f"  rader: {given['rows']}, varav avvisade: {given['rejects']}",
            f"  filen: {fate}",
        ]
    for kept in draft["outputs"]:
        lines += [f"bevarat: {kept['name']}", f"  sha256: {kept['sha256']}", f"  rader: {kept['rows']}"]
    lines += [f"par {kind}: {count}" for kind, count in draft["kinds"].items()]
    return "\n".join([*lines, _KEPT]) + "\n"


def _put(path: Path, data: bytes) -> None:
    """DATA as the file PATH, in one step: a reader sees the old or the new."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _turn(home: Path) -> Iterator[None]:
    """One build at a time."""
    home.mkdir(exist_ok=True)
    with (home / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
