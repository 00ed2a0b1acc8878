"""Whether brokers answer, for whoever reads from them or sends to them; and why not, as logs and /readyz tell it."""

import logging
import time

from ingest.kafka import doors
from ingest.kafka.client import BrokerError
from schemas.kafka import KafkaSettings

_AGAIN_S = 60.0  # the same reason is logged once within it, however often it comes


class Contact:
    """With the brokers of SETTINGS. TOLD logs why they don't answer, and MEANWHILE: what is done until they do."""

    def __init__(
        self, settings: KafkaSettings, told: logging.Logger, meanwhile: str, *, reachable: bool = False
    ) -> None:
        self._settings = settings
        self.reachable = reachable
        self.reason = ""  # why they aren't: the first, until they are again
        self._log = told
        self._meanwhile = meanwhile
        self._logged: dict[str, float] = {}
        self._owed = not reachable  # somebody waits to be told that they answer

    def made(self, what: str = "") -> None:
        """Brokers answer; WHAT they say."""
        self.reachable, self.reason = True, ""
        if self._owed:
            self._log.info("kafka: brokers answer%s", what and f"; {what}")
            self._owed = False

    def lost(self, error: BrokerError) -> None:
        """They don't, or don't do what they were asked."""
        text, now = str(error).removeprefix("kafka: "), time.monotonic()
        self.reachable = False
        if now - self._logged.get(text, -_AGAIN_S) < _AGAIN_S:
            self.reason = self.reason or text
            return
        self._logged[text] = now
        met = f"{text}: {doors.told(self._settings)}" if text in doors.UNANSWERED else text
        self.reason = self.reason or met
        self._log.warning("kafka: %s; %s", met, self._meanwhile)
        self._owed = True
