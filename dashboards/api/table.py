"""All addresses of the API."""

from functools import cache

from dashboards.api import asking, findings, register, state
from dashboards.api.endpoints import Endpoint


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Every address and method."""
    return tuple(each for part in (asking, findings, state, register) for each in part.endpoints())
