"""What somebody types into an address by hand: a personal number goes nowhere from there."""

import re

import pytest

from tests.dashboards.conftest import Served
from tests.dashboards.web.visiting import visiting

NUMBER = "191212121212"  # a test number of Skatteverket


@pytest.mark.parametrize(
    "address",
    [
        f"/question/who_accessed_subject?subject={NUMBER}",
        "/question/events?object_id=19121212-1212&action=read",
        "/findings?person=19121212-1212",
        "/person/p000001?start=19121212-1212",
        "/person/p000001?stop=121212-1212&start=2026-03-01",
    ],
)
@pytest.mark.parametrize("purpose", ["prov", None])
def test_a_number_that_is_typed_into_an_address_is_refused_and_carried_nowhere(
    served: Served, address: str, purpose: str | None
) -> None:
    with visiting(served.address, served.desk, purpose) as visit:
        answer = visit.get(address)
        assert answer.status_code == (303 if purpose is None and address.startswith(("/findings", "/person")) else 400)
        assert not re.search("191?21212|1212-1212", answer.text + answer.headers.get("location", ""))
        assert "personnummer" in answer.text or "start" in address or answer.status_code == 303
