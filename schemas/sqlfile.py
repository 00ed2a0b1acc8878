"""The one format of the four kinds of knowledge: an `.sql` file with a header comment, and its cases beside it.

    -- question: who_accessed_object
    -- asks:     …                          a key is a word and a colon; a line without one continues the key above
    -- params:   object_id TEXT; start, stop TIMESTAMPTZ (start <= time < stop); limit INTEGER (rows) = 100
    SELECT …

`name.cases.toml` holds `[[case]]` tables with `title`, `given`, `expect` and, by kind, `params` and more tables.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.errors import SqlFileError

# Keys that a kind's header must have, and those that it may have besides. The first names the kind and the file.
REQUIRED: dict[str, tuple[str, ...]] = {
    "mapping": ("reads", "source", "decoders", "proved", "traps"),
    "question": ("asks", "sv", "params", "returns", "counts", "order", "limits"),
    # sv and en: what a finding is titled, one sentence; sv_…: the same in Swedish
    "detection": (
        *("severity", "finds", "sv_finds", "sv", "en", "key", "window"),
        *("benign", "sv_benign", "triage", "sv_triage"),
    ),
    "explanation": ("explains", "sv", "rests_on"),
}
OPTIONAL: dict[str, tuple[str, ...]] = {
    # start: how a record of several lines begins, where the source's framing says none; cut: ingest.mapping.cut_at;
    # columns: how many a table has at least; otherwise: the decoder of what looks like none of them; strict: why
    # records need no check of their own (see ingest.normalise)
    "mapping": ("params", "start", "cut", "columns", "strict", "otherwise"),
    # actions: those that an answer rests on (a source that doesn't log them is named); narrow: see analytics.narrow;
    # sv_…: what the page says in Swedish
    "question": ("actions", "narrow", "sv_counts", "sv_limits"),
    # attack: ATT&CK ids; needs: `decision`, for what rests on the private life of the staff
    "detection": ("params", "attack", "needs"),
    "explanation": ("params", "window"),  # window: days back that an earlier event may lie which it rests on
}
CASE_KEYS: dict[str, frozenset[str]] = {
    "mapping": frozenset({"title", "given", "given_file", "expect", "params", "decoder", "framing", "received"}),
    "question": frozenset({"title", "given", "expect", "params", "tables", "now"}),
    "detection": frozenset({"title", "given", "expect", "params", "tables", "now"}),
    "explanation": frozenset({"title", "given", "expect", "params", "tables", "now"}),
}
PARAM_TYPES = frozenset({"TEXT", "TIMESTAMPTZ", "INTEGER", "BIGINT", "BOOLEAN", "DOUBLE", "DATE", "JSON", "TEXT[]"})

_KEY = re.compile(r"^--\s?([a-z_]+):\s*(.*)$")
_PARAM = re.compile(
    r"^(?P<names>[a-z_]+(?:\s*,\s*[a-z_]+)*)\s+(?P<type>[A-Z]+(?:\[\])?)\s*(?:\((?P<note>[^)]*)\))?\s*(?:=\s*(?P<default>.+))?$"
)


@dataclass(frozen=True, slots=True)
class Param:
    """One declared parameter: SQL type, a note for the help text, and a default (None if it must be given)."""

    name: str
    type: str
    note: str
    default: str | None
    required: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One worked example. `given` and `expect` are kept as written; the runner of the kind reads them."""

    title: str
    given: str
    expect: str
    params: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One mapping, question, detection or explanation, with its header and cases."""

    kind: str
    name: str
    path: Path
    header: dict[str, str]
    params: tuple[Param, ...]
    sql: str
    cases: tuple[Case, ...]

    def said(self, key: str) -> str:
        """What the header says of KEY, on one line, with the defaults of parameters in the place of their names."""
        defaults = {param.name: param.default for param in self.params if param.default is not None}
        text = self.header[key].replace("\n", " ")
        return re.sub(r"\$([a-z_]+)", lambda name: defaults.get(name[1], name[0]), text)

    def told(self, key: str, language: str) -> str:
        """What the header says of KEY in LANGUAGE: the Swedish stands under `sv_KEY`."""
        return self.said(f"sv_{key}" if language == "sv" else key)


def load(path: Path, kind: str) -> SqlFile:
    """Read one file of KIND with its cases, strictly.

    Errors:  SqlFileError for a missing, unknown or repeated header key, a name that is not the file's, a parameter that
             can't be read, a missing cases file, half a case, two cases with one title.
    """
    text = path.read_text(encoding="utf-8")
    header, sql = _header(path, text)
    allowed = {kind, *REQUIRED[kind], *OPTIONAL[kind]}
    for key in header:
        if key not in allowed:
            raise SqlFileError(str(path), key, f"unknown header key; a {kind} has {', '.join(sorted(allowed))}")
    for key in (kind, *REQUIRED[kind]):
        if not header.get(key):
            raise SqlFileError(str(path), key, "missing in the header")
    if header[kind] != path.stem:
        raise SqlFileError(str(path), kind, f"the file is named {path.stem}")
    if not sql.strip():
        raise SqlFileError(str(path), "sql", "no statement below the header")
    return SqlFile(
        kind=kind,
        name=path.stem,
        path=path,
        header=header,
        params=tuple(_params(path, header.get("params", ""))),
        sql=sql,
        cases=tuple(_cases(path.with_suffix(".cases.toml"), kind)),
    )


def load_folder(folder: Path, kind: str) -> dict[str, SqlFile]:
    """Read every `.sql` file of KIND below FOLDER, by name.

    Errors:  SqlFileError for a name that stands twice, or cases without a file.
    """
    found: dict[str, SqlFile] = {}
    for path in sorted(folder.rglob("*.sql")):
        if path.stem == "macros":
            continue
        if path.stem in found:
            raise SqlFileError(str(path), kind, f"the name stands also in {found[path.stem].path}")
        found[path.stem] = load(path, kind)
    for path in sorted(folder.rglob("*.cases.toml")):
        if path.name.removesuffix(".cases.toml") not in found:
            raise SqlFileError(str(path), "case", "no .sql file beside it")
    return found


def _header(path: Path, text: str) -> tuple[dict[str, str], str]:
    header: dict[str, str] = {}
    key = ""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if not line.startswith("--"):
            return header, "".join(lines[number:])
        if match := _KEY.match(line.rstrip()):
            key = match[1]
            if key in header:
                raise SqlFileError(str(path), key, "stands twice in the header")
            header[key] = match[2].strip()
        elif key:
            header[key] = f"{header[key]}\n{line[2:].strip()}".strip()
        else:
            raise SqlFileError(str(path), "header", "the first line must be `-- KIND: NAME`")
    return header, ""


def _params(path: Path, text: str) -> Iterator[Param]:
    seen: set[str] = set()
    for piece in filter(None, (piece.strip() for piece in text.replace("\n", " ").split(";"))):
        if piece == "none":
            continue
        match = _PARAM.match(piece)
        if match is None or match["type"] not in PARAM_TYPES:
            raise SqlFileError(str(path), "params", "want `name[, name] TYPE (note) = default; …`")
        for name in re.split(r"\s*,\s*", match["names"]):
            if name in seen:
                raise SqlFileError(str(path), "params", f"{name} stands twice")
            seen.add(name)
            default = match["default"]
            value = None if default is None or default == "NULL" else default.strip().strip("'")
            yield Param(name, match["type"], match["note"] or "", value, required=default is None)


def _cases(path: Path, kind: str) -> Iterator[Case]:
    if not path.exists():
        raise SqlFileError(str(path), "case", "no cases file")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SqlFileError(str(path), "case", f"not TOML: {error}") from None
    if set(document) != {"case"}:
        raise SqlFileError(str(path), "case", "the file holds [[case]] tables and nothing else")
    titles: set[str] = set()
    for number, table in enumerate(document["case"], start=1):
        place = f"{path} case {number}"
        _hold_keys(place, kind, table)
        if table["title"] in titles:
            raise SqlFileError(place, "title", "stands twice in the file")
        titles.add(table["title"])
        rest = {key: value for key, value in table.items() if key not in {"title", "given", "expect", "params"}}
        yield Case(table["title"], table.get("given", ""), table["expect"], table.get("params", {}), rest)


def _hold_keys(place: str, kind: str, table: dict[str, Any]) -> None:
    for key in table:
        if key not in CASE_KEYS[kind]:
            raise SqlFileError(place, key, f"unknown key; a {kind}'s case has {', '.join(sorted(CASE_KEYS[kind]))}")
    for key in ("title", "expect"):
        if key not in table:
            raise SqlFileError(place, key, "missing")
    if ("given" in table) == ("given_file" in table):
        raise SqlFileError(place, "given", "want one of given and given_file")
