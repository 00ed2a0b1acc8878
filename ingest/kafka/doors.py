"""Why brokers can't be talked to, as far as their doors show: clients say only that nobody answered in time."""

import socket
import ssl

from ingest import tls
from schemas.errors import SettingsError
from schemas.kafka import KafkaSettings

# What both clients call it, whatever stands in the way.
UNANSWERED = frozenset(
    {"KafkaTimeoutError", "KafkaConnectionError", "NoBrokersAvailable", "_TRANSPORT", "_ALL_BROKERS_DOWN", "_TIMED_OUT"}
)
_PATIENCE_S = 2.0
_MOST = 3


def told(settings: KafkaSettings) -> str:
    """What is met at the first brokers of SETTINGS. It names no secret."""
    return "; ".join(f"{broker}: {_met(settings, broker)}" for broker in settings.brokers[:_MOST])


def _met(settings: KafkaSettings, broker: str) -> str:
    host, _, port = broker.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        with socket.create_connection((host, int(port)), _PATIENCE_S) as connection:
            if settings.ca is None:
                return "something answers; is it Kafka, and without TLS (kafka.ca)?"
            return _shaken(settings, connection, host)
    except socket.gaierror:
        return "there is no host of that name"
    except OSError as error:
        return error.strerror or "no answer"


def _shaken(settings: KafkaSettings, connection: socket.socket, host: str) -> str:
    """What a TLS handshake says."""
    assert settings.ca
    try:
        context = tls.client("kafka", settings.ca, settings.certificate, settings.key)
        with context.wrap_socket(connection, server_hostname=host):
            pass
    except SettingsError as error:
        return f"{error.field}: {error.reason}"
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not taken: {error.verify_message}"
    except ssl.SSLError as error:
        return f"no TLS came about ({error.reason or 'broken off'}); does it speak TLS at all?"
    asked = (
        "are kafka.username, password and mechanism right?"
        if settings.username
        else "does it want a user or a certificate?"
    )
    return f"it speaks TLS, but does not let us in; {asked}"
