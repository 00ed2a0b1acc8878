"""What a service tells systemd (sd_notify(3)): that it has begun, that it lives, that it ends."""

import contextlib
import os
import socket

_PATIENCE_S = 1.0  # for one that is busy with others


def notify(*words: str) -> bool:
    """Send WORDS, such as READY=1. False: nobody asked to be told, or can be."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.settimeout(_PATIENCE_S)
        told.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        told.send("\n".join(words).encode())
        return True
    return False


def watchdog_s() -> float | None:
    """How often systemd wants to hear that we live, at the least; None = it doesn't."""
    said, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not said.isdecimal() or process != str(os.getpid()):
        return None
    return int(said) / 1_000_000
