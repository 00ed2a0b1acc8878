"""Our own acts: what was asked ends with an outcome, also where there is no answer."""

import pytest

from analytics.detect.explain import explain
from analytics.record import record
from schemas.errors import QuestionError

GIVEN = """
shard | position | part | time                 | action
a     | 1        | 0    | 2026-03-01T08:00:00Z | read
"""


@pytest.mark.parametrize(
    ("ask", "what"), [(record, "a-9-0"), (explain, "a-9-0"), (explain, "0123456789abcdef"), (explain, "nothing")]
)
def test_what_is_not_there_was_asked_for_and_failed(home, ask, what):
    lake = home(GIVEN)
    with pytest.raises(QuestionError):
        ask(lake.installation, what, purpose="prov")
    assert lake.acts == ["asked", "failed"]


def test_what_is_there_is_answered(home):
    lake = home(GIVEN)
    explain(lake.installation, "a-1-0", purpose="prov")
    assert lake.acts == ["asked", "answered"]
