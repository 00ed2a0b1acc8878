"""Senders over HTTP, our own way and Elasticsearch's."""

import contextlib
import gzip
import http.client
import json
import time
from collections.abc import Mapping

import zstandard

from ingest.torture.sender import ANSWER_S, Sender, Task, now_sent
from ingest.torture.truth import ACCEPTED, UNANSWERED, Sent

TOKEN = "torture-0123456789abcdef"  # noqa: S105 - of collectors that live as long as the run
OTHER = "other-0123456789abcdef"  # of a sender that delivers nothing
# A compressor each time: one isn't for several threads.
_PACKED = {"gzip": gzip.compress, "zstd": lambda body: zstandard.ZstdCompressor().compress(body)}
_MOST = 60  # records in a request


class _Web(Sender):
    """Posts, and posts again until it is answered."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self._connection: http.client.HTTPConnection | None = None

    def work(self) -> None:
        while not self.stopped.is_set():
            records = self.make(_MOST)
            while True:
                records = now_sent(records)
                if self.deliver(records):
                    self.task.truth.add(ACCEPTED, records)
                    break
                if not self.again():
                    self.problems.append(f"{len(records)} records were never answered")
                    self.task.truth.add(UNANSWERED, records)
                    return
            self.pace(len(records))

    def deliver(self, records: list[Sent]) -> bool:
        """Whether RECORDS were accepted."""
        raise NotImplementedError

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The answer; status 0: there was none."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.task.port, timeout=ANSWER_S)
        began = time.monotonic()
        try:
            self._connection.request("POST", path, body, {"Authorization": f"Bearer {TOKEN}", **headers})
            answer = self._connection.getresponse()
            if answer.length is None:
                raise http.client.IncompleteRead(b"")  # the line was cut amid the headers, which the library takes
            status, said = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._close()
            return 0, b""
        if answer.will_close or self.dice.random() < 0.02:
            self._close()
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        return status, said

    def _close(self) -> None:
        if self._connection:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None


class Http(_Web):
    """POST /v1/records/SOURCE, with an Idempotency-Key."""

    keyed = True

    def deliver(self, records: list[Sent]) -> bool:
        """Status 202; 503 is a reason to come again."""
        headers = {"Content-Type": "application/x-ndjson"}
        if self.keyed:
            headers["Idempotency-Key"] = records[0].mark
        body = b"".join(each.record + b"\n" for each in records)
        if packed := self.dice.choice([None, *_PACKED]):
            headers["Content-Encoding"] = packed
            body = _PACKED[packed](body)
        status, said = self.post(f"/v1/records/{self.task.truth.source}", body, headers)
        if status not in {0, 202, 503}:
            self.problems.append(f"a request was refused: {status} {said[:200]!r}")
        elif status == 202 and json.loads(said) != {"accepted": len(records)}:
            self.problems.append("another number was accepted than was sent")
        return status == 202


class HttpWithoutKey(Http):
    """The same without a key: what is sent again is stored again."""

    keyed = False


class Bulk(_Web):
    """POST /_bulk; documents with an id (create) or without (index), by turns."""

    def deliver(self, records: list[Sent]) -> bool:
        """201; 409 and 200 for those that came before."""
        named = int(records[0].mark.rpartition("-")[2]) % 2  # each time that it is sent
        lines = []
        for each in records:
            action = {"create": {"_index": "torture", "_id": each.mark}} if named else {"index": {"_index": "torture"}}
            lines += [json.dumps(action).encode(), each.record]
        headers = {"Content-Type": "application/x-ndjson"}
        status, said = self.post("/_bulk", b"\n".join(lines) + b"\n", headers)
        if status not in {0, 200}:
            self.problems.append(f"a request was refused: {status} {said[:200]!r}")
        if status != 200:
            return False
        items = [result for item in json.loads(said)["items"] for result in item.values()]
        refused = [item["status"] for item in items if item["status"] not in {200, 201, 409}]
        if refused or len(items) != len(records):
            self.problems.append(f"documents were refused: {refused[:3]} of {len(items)} for {len(records)}")
        return not refused
