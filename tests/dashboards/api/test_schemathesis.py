"""Requests made up from the API's own description: none breaks the server, and each answer is as described.

More of them: SPARHUND_EXAMPLES=20 pytest -n0 --hypothesis-seed=7 tests/dashboards/api/test_schemathesis.py
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from dashboards.api.openapi import description
from dashboards.server.app import make, opened
from dashboards.server.rates import Rate
from tests.dashboards.api.conftest import bearer, token
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving

EXAMPLES = int(os.environ.get("SPARHUND_EXAMPLES", "0"))
CHECKS = {
    # 410: a cursor that was made up names no answer.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "403", "404", "410"]},
}
PHASES = {"coverage": {"enabled": bool(EXAMPLES)}}  # each parameter at its edges: minutes
CONFIG = SchemathesisConfig.from_dict({"checks": CHECKS, "phases": PHASES, "cache": {"enabled": False}})
schema = schemathesis.openapi.from_dict(description(), config=CONFIG)
# What no description of a single parameter says: an end before its beginning, and that one of several lists is wanted.
BETWEEN = {"stop", "actors"}


@dataclass(frozen=True)
class Place:
    address: str
    headers: dict[str, str]


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Place]:
    """A server that lets one ask as often as one will."""
    desk = opened(served.home)
    desk.rate = desk.entrance = Rate(1e6, 1_000_000)
    with serving(make(desk)) as server:
        yield Place(server.address, {"Authorization": bearer(token(served))})


@schema.parametrize()
@settings(max_examples=EXAMPLES or 3, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: schemathesis.Case, place: Place) -> None:
    answer = case.call(base_url=place.address, headers=place.headers, timeout=120)  # where much else runs
    between = answer.status_code == 400 and answer.json()["field"] in BETWEEN
    excluded = [positive_data_acceptance] if between else []
    case.validate_response(answer, headers=place.headers, excluded_checks=excluded)
