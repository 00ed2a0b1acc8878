"""Entra ID's sign-in and audit logs, by Microsoft Graph.

Source: "List signIns", "List directoryAudits", "Paging Microsoft Graph data in your app".
"""

import io
from datetime import datetime, timedelta

import httpx

from ingest.decoders import json_array
from ingest.decoders.frame import Framing
from ingest.sources.microsoft.line import DOCUMENT_BYTES, Garbled, document, whole
from ingest.sources.microsoft.windows import Records, WindowPoller
from ingest.sources.polling import PollFailed
from ingest.sources.remembered import Entry
from schemas.collectors.microsoft import Graph

_TIMES = {"signIns": "createdDateTime", "directoryAudits": "activityDateTime"}


class GraphCollector(WindowPoller):
    """kind = "graph"."""

    settings: Graph

    def __init__(self, settings: Graph) -> None:
        logs = {"signIns": settings.sign_ins, "directoryAudits": settings.audits}
        kept = timedelta(days=settings.kept_days)
        super().__init__(settings, {name: source for name, source in logs.items() if source is not None}, kept)

    def read(self, name: str, start: datetime, stop: datetime) -> Records:
        """Page after page; both ends are within."""
        settings = self.settings
        moment = _TIMES[name]
        asked = f"{moment} ge {_stamp(start)} and {moment} le {_stamp(stop)}"
        version = "v1.0"
        if name == "signIns" and settings.sign_in_types:
            version = "beta"  # v1.0 can't tell the types, and gives those of users who were asked for something
            asked += f" and signInEventTypes/any(t: {' or '.join(f't eq {kind!r}' for kind in settings.sign_in_types)})"
        url: str | None = f"{settings.url}/{version}/auditLogs/{name}"
        query = {"$filter": asked, "$top": str(settings.page_records)}
        seen: set[str] = set()
        while url is not None:
            if url in seen:
                raise PollFailed(f"{name}: its pages lead in a circle")
            seen.add(url)
            records, entries, url = self.api.ask("GET", url, self._page_of, **query)
            yield records, entries
            query = {}

    def _page_of(self, response: httpx.Response) -> tuple[list[bytes], list[Entry], str | None]:
        """The records, spelt as they were sent, with their entries, and where the next page is. Errors: Garbled."""
        body = whole(response, DOCUMENT_BYTES)
        page = document(body)
        if not isinstance(page, dict) or not isinstance(page.get("value"), list):
            raise Garbled("the answer is no page of records")
        frames = json_array.split(io.BytesIO(body), Framing(), 0, {})
        records = [record for frame in frames for record in frame.records["record"].to_pylist()]
        if len(records) != len(page["value"]) or not all(isinstance(each, dict) for each in page["value"]):
            raise Garbled("the answer is no page of records")
        entries = [self.entry(each.get("id"), record) for each, record in zip(page["value"], records, strict=True)]
        following = page.get("@odata.nextLink")
        if not isinstance(following, str | None):
            raise Garbled("the answer is no page of records")
        return records, entries, following


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
