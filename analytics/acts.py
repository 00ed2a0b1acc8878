"""Our own acts, as records of our own source: what was asked and decided, by whom and why."""

import json
import platform
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from analytics.caller import Caller
from analytics.installation import OWN, Installation
from ingest.spool import Delivery
from schemas.errors import LakeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of WHO, written down at its stages: `asked` before an answer is computed, `answered` when it is."""

    home: Installation
    who: Caller
    question: str
    params: Mapping[str, Any]
    purpose: str | None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def write(self, act: str, at: datetime, rows: int | None = None) -> None:
        """Write down that ACT took place, with the number of ROWS shown. Errors: LakeError if it can't be written."""
        record = {
            "time": at.isoformat().replace("+00:00", "Z"),
            "act": act,
            "ask": self.id,
            "account": self.who.name or None,  # a link that is nobody's may be tried
            "scope": self.who.scope,
            "host": platform.node(),
            "question": self.question,
            "params": {name: _plain(value) for name, value in self.params.items()},
            "purpose": self.purpose,
            "rows": rows,
        }
        try:
            self.home.spool.append(OWN, Delivery(records=[json.dumps(record, ensure_ascii=False).encode()]))
        except OSError as error:
            raise LakeError(
                f"the question can't be recorded, so there is no answer: {error.strerror or 'can not write'}"
            ) from None

    @contextmanager
    def asked(self, now: datetime) -> Iterator[None]:
        """Write down that it was asked at NOW; and that it failed, if what is then computed raises anything."""
        self.write("asked", now)
        try:
            yield
        except Exception:
            self.write("failed", datetime.now(UTC))
            raise


def _plain(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
