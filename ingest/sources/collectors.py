"""The collectors by their kind of settings, and what runs all of an installation's until it is stopped."""

import asyncio
import logging
import resource
from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from ingest.sources.intake import Intake, pause
from ingest.spool import Spool
from schemas.collectors import database as database_kinds
from schemas.collectors import microsoft as microsoft_kinds
from schemas.collectors import syslog as syslog_kinds
from schemas.collectors import web as web_kinds
from schemas.collectors.base import Collector as Declared
from schemas.errors import SettingsError
from schemas.settings import Settings

REPORT_S = 10.0  # how often trouble is logged: a flood of refusals makes one line, not a flood of lines

log = logging.getLogger("sparhund.collect")


class Collector(Protocol):
    """Takes records from senders or systems into the intake.

    `open` takes hold of what it listens to; errors: SettingsError, and nothing runs. `run` returns when `stopped` is
    set and what was taken is durable (or counted as lost); an error from it stops all collectors.
    """

    async def open(self) -> None:
        """Bind, read keys."""

    async def run(self, intake: Intake, stopped: asyncio.Event) -> None:
        """Take records in until STOPPED."""


# A module below ingest.sources and its class. It is loaded when a section has the kind: what one needs, others don't
# wait for, since nobody listens meanwhile.
COLLECTORS: dict[type[Declared], tuple[str, str]] = {
    syslog_kinds.SyslogUdp: ("syslog", "Udp"),
    syslog_kinds.SyslogTcp: ("syslog", "Tcp"),
    syslog_kinds.Relp: ("relp", "Relp"),
    web_kinds.Http: ("http", "HttpCollector"),
    web_kinds.ElasticsearchBulk: ("bulk", "BulkCollector"),
    microsoft_kinds.ManagementActivity: ("microsoft.management_activity", "ManagementActivityCollector"),
    microsoft_kinds.Graph: ("microsoft.graph", "GraphCollector"),
    database_kinds.Database: ("database", "DatabaseCollector"),
}


def collector(declared: Declared) -> Collector:
    """The collector that DECLARED describes."""
    module, name = COLLECTORS[type(declared)]
    return cast("Collector", getattr(import_module(f"ingest.sources.{module}"), name)(declared))


async def collect(
    settings: Settings,
    spool: Spool,
    stopped: asyncio.Event,
    began: Callable[[Intake], object] = lambda _: None,
) -> Intake:
    """Run every collector of SETTINGS until STOPPED. Gives the intake, for its counts; to BEGAN when all are open.

    Errors:  SettingsError for a collector that can't begin; whatever else one of them ended with.
    """
    if not settings.collect:
        raise SettingsError("collect", "section", "missing; there is nothing to run")
    _raise_descriptors()
    collectors = {name: collector(each) for name, each in settings.collect.items()}
    for each in collectors.values():
        await each.open()
    async with Intake(spool, stopped) as intake:
        began(intake)
        tasks = [
            asyncio.create_task(each.run(intake, stopped), name=f"collect.{name}") for name, each in collectors.items()
        ]
        report = _Report(intake)
        tasks.append(asyncio.create_task(report.run(stopped)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            stopped.set()
            try:
                await asyncio.gather(*tasks)
            finally:
                report.tell()  # what was lost when they ended is known only now
    return intake


class _Report:
    """Logs what is new of the trouble that INTAKE counts."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._told: dict[tuple[str, str, str], int] = {}

    async def run(self, stopped: asyncio.Event) -> None:
        """Now and then, until STOPPED."""
        while not await pause(stopped, REPORT_S):
            self.tell()

    def tell(self) -> None:
        """What came since the last time."""
        for collector, trouble in list(self._intake.trouble.items()):
            for what in ("lost", "refused", "odd"):
                for reason, count in getattr(trouble, what).items():
                    new = count - self._told.get((collector, what, reason), 0)
                    self._told[collector, what, reason] = count
                    if new:
                        log.warning("collect.%s: %s: %d %s", collector, what, new, reason)


def _raise_descriptors() -> None:
    """As many connections as the system lets us have, not the few that a shell grants."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
