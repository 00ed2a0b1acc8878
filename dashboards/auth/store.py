"""Who may come in: tokens for programs, one-time links and sessions for people. Only hashes of secrets are kept."""

import hashlib
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from schemas.errors import LakeError, SettingsError
from schemas.source import plain_name

# What a token may see. A session of a local user may do all.
SCOPES = ("statistics", "read")
LINK_S = 600  # a link that isn't used within it is worth nothing
IDLE_S = 1_800  # a session that isn't used ends
SESSION_S = 12 * 3_600  # and any ends after a day's work
MOST_DAYS = 400
_KNOWN = timedelta(days=1)  # so long it is known whose a link was that is worth nothing any longer

_TABLES = """
CREATE TABLE IF NOT EXISTS tokens (
  name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, purpose TEXT, made_by TEXT NOT NULL,
  made TEXT NOT NULL, expires TEXT NOT NULL, revoked TEXT);
CREATE TABLE IF NOT EXISTS links (hash TEXT PRIMARY KEY, account TEXT NOT NULL, expires TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, account TEXT NOT NULL, csrf TEXT NOT NULL, made TEXT NOT NULL, seen TEXT NOT NULL,
  purpose TEXT);
"""


@dataclass(frozen=True, slots=True)
class Token:
    """A program's token, without its secret. `purpose` stands in the self-audit of what it asks about persons."""

    name: str
    scope: str
    purpose: str | None
    made_by: str
    made: datetime
    expires: datetime
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A person's session. `key` names it (a hash, not the cookie)."""

    key: str
    account: str
    csrf: str
    purpose: str | None


class Store:
    """The file `access.sqlite` in the lake's folder, which its owner alone can read. Safe for threads."""

    def __init__(self, root: Path) -> None:
        """ROOT is the lake's folder. Errors: LakeError if the file can't be made or read."""
        self.path = root / "access.sqlite"
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, stat.S_IRUSR | stat.S_IWUSR))
            with self._open() as database:
                database.executescript(f"PRAGMA journal_mode = WAL; {_TABLES}")
        except (OSError, sqlite3.Error) as error:
            raise LakeError(f"{self.path}: can't be used: {type(error).__name__}") from None

    def add_token(
        self, name: str, scope: str, days: int, *, made_by: str, now: datetime, purpose: str | None = None
    ) -> str:
        """A new token's secret, which is shown once.

        Errors:  SettingsError for a name that is taken, another scope, or more days than there may be.
        """
        plain_name("token", name)
        if scope not in SCOPES:
            raise SettingsError("token", "scope", f"want one of {', '.join(SCOPES)}")
        if not 1 <= days <= MOST_DAYS:
            raise SettingsError("token", "days", f"want 1 to {MOST_DAYS}")
        secret = f"sparhund_{secrets.token_urlsafe(32)}"
        row = (name, _hash(secret), scope, purpose, made_by, now.isoformat(), (now + timedelta(days=days)).isoformat())
        try:
            with self._open() as database:
                database.execute("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL)", row)
        except sqlite3.IntegrityError:
            raise SettingsError("token", "name", "is taken, also by one that was revoked: the log names it") from None
        return secret

    def tokens(self) -> list[Token]:
        """All there have been, by name."""
        with self._open() as database:
            rows = database.execute(
                "SELECT name, scope, purpose, made_by, made, expires, revoked FROM tokens ORDER BY name"
            )
            return [_token(row) for row in rows]

    def revoke_token(self, name: str, now: datetime) -> None:
        """NAME is worth nothing from now on. Errors: SettingsError if there is none, or it was revoked."""
        with self._open() as database:
            sql = "UPDATE tokens SET revoked = ? WHERE name = ? AND revoked IS NULL"
            if not database.execute(sql, (now.isoformat(), name)).rowcount:
                raise SettingsError("token", "name", "there is none of that name that is in force")

    def token(self, secret: str, now: datetime) -> Token | None:
        """The token in force of that SECRET."""
        with self._open() as database:
            row = database.execute(
                "SELECT name, scope, purpose, made_by, made, expires, revoked FROM tokens WHERE hash = ?",
                (_hash(secret),),
            ).fetchone()
        found = _token(row) if row else None
        return found if found and found.revoked is None and found.expires > now else None

    def add_link(self, account: str, now: datetime) -> str:
        """A code that becomes one session of ACCOUNT."""
        code = secrets.token_urlsafe(32)
        with self._open() as database:
            database.execute("DELETE FROM links WHERE expires <= ?", ((now - _KNOWN).isoformat(),))
            expires = (now + timedelta(seconds=LINK_S)).isoformat()
            database.execute("INSERT INTO links VALUES (?, ?, ?)", (_hash(code), account, expires))
        return code

    def begin(self, code: str, now: datetime) -> str | None:
        """The cookie of a new session for the CODE of a link, which is spent; None if it is worth nothing."""
        with self._open() as database:
            sql = "UPDATE links SET expires = ? WHERE hash = ? AND expires > ? RETURNING account"
            spent = now - timedelta(seconds=LINK_S)  # before it was made, whatever a clock says later
            row = database.execute(sql, (spent.isoformat(), _hash(code), now.isoformat())).fetchone()
            if row is None:
                return None
            cookie = secrets.token_urlsafe(32)
            database.execute("DELETE FROM sessions WHERE seen <= ?", ((now - timedelta(days=1)).isoformat(),))
            database.execute(
                "INSERT INTO sessions (hash, account, csrf, made, seen) VALUES (?, ?, ?, ?, ?)",
                (_hash(cookie), row[0], secrets.token_urlsafe(32), now.isoformat(), now.isoformat()),
            )
            return cookie

    def account_of(self, code: str) -> str | None:
        """Whose the link of CODE is or was: also of one that was spent or ran out, for a day at least."""
        with self._open() as database:
            row = database.execute("SELECT account FROM links WHERE hash = ?", (_hash(code),)).fetchone()
        return str(row[0]) if row else None

    def session(self, cookie: str, now: datetime) -> Session | None:
        """The session in force of that COOKIE, seen NOW."""
        key = _hash(cookie)
        idle, oldest = now - timedelta(seconds=IDLE_S), now - timedelta(seconds=SESSION_S)
        with self._open() as database:
            row = database.execute(
                "SELECT account, csrf, purpose, seen FROM sessions WHERE hash = ? AND seen > ? AND made > ?",
                (key, idle.isoformat(), oldest.isoformat()),
            ).fetchone()
            if row is None:
                return None
            if now - datetime.fromisoformat(row[3]) > timedelta(seconds=60):  # not a write a request
                database.execute("UPDATE sessions SET seen = ? WHERE hash = ?", (now.isoformat(), key))
        return Session(key, *row[:3])

    def state_purpose(self, key: str, purpose: str) -> None:
        """From now on the session KEY asks for that PURPOSE."""
        with self._open() as database:
            database.execute("UPDATE sessions SET purpose = ? WHERE hash = ?", (purpose, key))

    def end(self, key: str) -> None:
        """The session KEY is over."""
        with self._open() as database:
            database.execute("DELETE FROM sessions WHERE hash = ?", (key,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as database, database:
                yield database
        except sqlite3.OperationalError as error:
            raise LakeError(f"{self.path}: can't be used: {type(error).__name__}") from None


def _token(row: tuple[str | None, ...]) -> Token:
    name, scope, purpose, made_by, made, expires, revoked = row
    assert name
    assert scope
    assert made_by
    assert made
    assert expires
    instants = datetime.fromisoformat(made), datetime.fromisoformat(expires)
    return Token(name, scope, purpose, made_by, *instants, datetime.fromisoformat(revoked) if revoked else None)


def _hash(secret: str) -> str:
    """Of 256 random bits, so that no salt nor slowness is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()
