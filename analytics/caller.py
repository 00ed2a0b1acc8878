import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and what she or he may see."""

    name: str  # the account of the operating system
    scope: str = "all"  # the only scope there is so far; roles narrow it


def caller() -> Caller:
    """The one answer to who is asking. By user id, not by the environment, which anybody can set."""
    if sys.platform == "win32":
        return Caller(os.getlogin())
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        return Caller(pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        # A container may run under an id that has no name.
        return Caller(f"uid {os.getuid()}")
