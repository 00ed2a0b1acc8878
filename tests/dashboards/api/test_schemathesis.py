"""Requests made up from the API's own description: none breaks the server, and each answer is as described.

Made up at random over a municipality, and each parameter at its edges over a lake that answers at once.
More of them: SPARHUND_EXAMPLES=20 pytest -n0 --hypothesis-seed=7 tests/dashboards/api/test_schemathesis.py
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import positive_data_acceptance
from schemathesis.config import SchemathesisConfig

from analytics.installation import Installation
from dashboards.api.openapi import description
from dashboards.auth import tokens
from dashboards.server.app import make, opened
from dashboards.server.rates import Rate
from tests.analytics.conftest import KEY, Home
from tests.dashboards.api.conftest import PURPOSE, bearer
from tests.dashboards.conftest import Served
from tests.dashboards.serving import serving

EXAMPLES = int(os.environ.get("SPARHUND_EXAMPLES", "5"))
# 410: a cursor that was made up names no answer.
_CHECKS = {"positive_data_acceptance": {"expected-statuses": ["2xx", "403", "404", "410"]}}
# What no description of a single parameter says: an end before its beginning, that one of several lists is wanted, and
# which of its other parameters a question may be asked to lack.
BETWEEN = {"stop", "actors", "subjects", "lacks"}
LAKE = """
time                 | action | outcome | proves  | actor_account| src_ip   | system | object_id | object_path | subject
2026-03-01T08:00:00Z | read   | success | content | anna.b       | 10.0.0.7 | Lindan | J1        | /journal/J1 | p1
2026-03-02T20:00:00Z | export | failure | attempt | bo.c         | 10.0.0.8 | Lindan | J2        |             | p2
"""


def described(*, coverage: bool) -> Any:
    """The description, by whose parameters cases are made: at random, or by each one's edges (COVERAGE)."""
    phases = {"coverage": {"enabled": coverage, "generate-duplicate-query-parameters": True}}
    config = {"checks": _CHECKS, "phases": phases, "cache": {"enabled": False}}
    return schemathesis.openapi.from_dict(description(), config=SchemathesisConfig.from_dict(config))


random, edges = described(coverage=False), described(coverage=True)


@dataclass(frozen=True)
class Place:
    address: str
    headers: dict[str, str]


@contextmanager
def placed(home: Installation) -> Iterator[Place]:
    """A server over HOME's lake that lets one ask as often as one will."""
    desk = opened(home)
    desk.rate = desk.entrance = Rate(1e6, 1_000_000)
    secret = tokens.add(home, "prov-schemathesis", "read", 1, PURPOSE)
    with serving(make(desk)) as server:
        yield Place(server.address, {"Authorization": bearer(secret)})


@pytest.fixture(scope="module")
def town(served: Served) -> Iterator[Place]:
    with placed(served.home) as found:
        yield found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with placed(Home(tmp_path_factory.mktemp("lake"), LAKE, {}, KEY).installation) as found:
        yield found


def hold(case: schemathesis.Case, place: Place) -> None:
    answer = case.call(base_url=place.address, headers=place.headers, timeout=120)  # where much else runs
    between = answer.status_code == 400 and answer.json()["field"] in BETWEEN
    excluded = [positive_data_acceptance] if between else []
    case.validate_response(answer, headers=place.headers, excluded_checks=excluded)


@random.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_are_as_described(case: schemathesis.Case, town: Place) -> None:
    hold(case, town)


@edges.parametrize()
@settings(phases=[Phase.explicit], deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_at_the_edges_are_as_described(case: schemathesis.Case, small: Place) -> None:
    hold(case, small)
