"""The databases that the collector of tables reads, each by its driver: what differs besides SQL."""

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.types.string import TextLoader
from sqlalchemy import event, exc

from schemas.collectors.database import Database
from schemas.errors import SettingsError

_CONNECT_S = 10


@dataclass(frozen=True, slots=True)
class Driver:
    """One database's: the module, what is installed to have it, how it connects, and how a session is made harmless."""

    module: str
    extra: str
    connect: Callable[[float], dict[str, Any]]
    begin: tuple[str, ...] = ()  # {ms}: how long a statement may take
    prepare: Callable[[Any, float], None] | None = None  # the driver's connection
    exactly: Callable[[Any], None] | None = None  # so that it gives values as they are


def _postgresql(connection: Any) -> None:
    """All but plain numbers, texts and times as the server spells it: exactly, and whatever the type."""
    plain = {"bool", "int2", "int4", "int8", "oid", "numeric", "text", "varchar", "bpchar", "name", "bytea"}
    times = {"timestamp", "timestamptz", "date"}
    for info in psycopg.adapters.types:
        if info.name in times:
            connection.adapters.register_loader(info.oid, _times(connection, info.oid))
        elif info.name not in plain:
            connection.adapters.register_loader(info.oid, TextLoader)
        if info.array_oid:
            connection.adapters.register_loader(info.array_oid, TextLoader)


def _times(connection: Any, oid: int) -> type[psycopg.abc.Loader]:
    """Times that Python has; others, such as infinity and years before Christ, as the server spells them."""
    usual = connection.adapters.get_loader(oid, psycopg.pq.Format.TEXT)

    class Times(psycopg.adapt.Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._usual = usual(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._usual.load(data)
            except psycopg.DataError:
                return bytes(data).decode()

    return Times


def _oracle(connection: Any, timeout_s: float) -> None:
    connection.call_timeout = int(timeout_s * 1000)


DRIVERS: dict[str, Driver] = {
    "postgresql": Driver(
        module="psycopg",
        extra="",
        connect=lambda _: {
            "connect_timeout": _CONNECT_S,
            "client_encoding": "utf8",
            "application_name": "sparhund",
            "prepare_threshold": None,  # a pooler between us may not keep what was prepared
        },
        begin=(
            "SET TRANSACTION READ ONLY",
            "SET LOCAL statement_timeout = {ms}",
            "SET LOCAL TimeZone = 'UTC'",
            "SET LOCAL DateStyle = 'ISO'",
            "SET LOCAL IntervalStyle = 'iso_8601'",
        ),
        exactly=_postgresql,
    ),
    "mysql": Driver(
        module="pymysql",
        extra="mysql",
        connect=lambda timeout_s: {"connect_timeout": _CONNECT_S, "read_timeout": timeout_s, "charset": "utf8mb4"},
        begin=("START TRANSACTION READ ONLY",),
    ),
    "mssql": Driver(
        module="pymssql",
        extra="mssql",
        connect=lambda timeout_s: {"login_timeout": _CONNECT_S, "timeout": max(1, int(timeout_s))},
    ),
    "oracle": Driver(
        module="oracledb",
        extra="oracle",
        connect=lambda _: {"tcp_connect_timeout": _CONNECT_S},
        begin=("SET TRANSACTION READ ONLY",),
        prepare=_oracle,
    ),
}
DRIVERS["mariadb"] = DRIVERS["mysql"]

# What servers say (SQLSTATE and text), and what it means: their text names values.
_SAID = {
    "28P01|28000|password authentication failed|Access denied|Login failed|ORA-01017": "user or password refused",
    "no pg_hba.conf entry": "the server lets nobody in from here as this user",
    '3D000|database ".*" does not exist|Unknown database|Cannot open database|ORA-12514': "there is no such database",
    "42501|command denied|permission was denied|ORA-01031|ORA-00942": "this user may not read the table",
    "42P01|42S02|Table .* doesn't exist|Invalid object name": "table: there is none of that name",
    "57014|ORA-01013|DPY-4024|timed out": "a statement took longer than timeout_s",
    "57P0[123]|terminating connection|starting up|shutting down": "the server is restarting",
}
# The same where there was no connection.
_UNREACHED = {
    "resolve host|translate host name|[Nn]ame or service not known|getaddrinfo": "no host of that name",
    "certificate verify failed|CERTIFICATE_VERIFY_FAILED": "the server's certificate is not taken",
    "does not support SSL|SSL connection is required": "the server speaks no TLS, or wants it",
    "[Cc]onnection refused": "connection refused: nothing listens there",
    "timeout expired": "no answer in time",
}


def engine(settings: Database) -> sa.Engine:
    """Connects anew for each poll.

    Errors:  SettingsError for an address or a password file that can't be read, and a driver that is missing.
    """
    place = settings.place
    try:
        url = sa.make_url(settings.url.reveal())
    except exc.ArgumentError:
        raise SettingsError(place, "url", "want dialect://user@host/database") from None
    name = url.get_backend_name()
    driver = DRIVERS.get(name)
    if driver is None:
        raise SettingsError(place, "url", f"want one of {', '.join(DRIVERS)}")
    url = url.set(drivername=f"{name}+{driver.module}")
    if settings.password is not None:
        url = url.set(password=settings.password.reveal())
    if settings.password_file is not None:
        try:
            url = url.set(password=settings.password_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8"
            raise SettingsError(place, "password_file", f"{settings.password_file}: {reason}") from None
    try:
        importlib.import_module(driver.module)
    except ImportError:
        raise SettingsError(place, "url", f"its driver is missing: install sparhund[{driver.extra}]") from None
    made = sa.create_engine(
        url, poolclass=sa.NullPool, connect_args=driver.connect(settings.timeout_s), hide_parameters=True
    )
    prepare = driver.prepare
    if prepare is not None:
        event.listen(made, "connect", lambda connection, _: prepare(connection, settings.timeout_s))
    return made


def begin(connection: sa.Connection, timeout_s: float) -> None:
    """Begin a transaction that can't write, and whose statements end."""
    for statement in DRIVERS[connection.dialect.name].begin:
        connection.exec_driver_sql(statement.format(ms=int(timeout_s * 1000)))


def exactly(connection: sa.Connection) -> None:
    """From now on values come as they are; what SQLAlchemy asks for itself must come as it expects it."""
    convert = DRIVERS[connection.dialect.name].exactly
    if convert is not None:
        convert(connection.connection.driver_connection)


def reason(error: exc.SQLAlchemyError) -> str:
    """Why a database was not read, without a value."""
    if not isinstance(error, exc.DBAPIError):
        return f"the driver failed ({type(error).__name__})"
    state = getattr(error.orig, "sqlstate", None) or ""
    said = f"{state} {error.orig}"
    for signs, meaning in _SAID.items():
        if re.search(signs, said):
            return meaning
    if isinstance(error, exc.OperationalError | exc.InterfaceError) and not state:
        return next((meaning for signs, meaning in _UNREACHED.items() if re.search(signs, said)), "no connection")
    return f"the server refused ({state or type(error.orig).__name__})"
