"""A life of forty commits: the same stages as the long one."""

from itertools import chain

import pytest

from schemas import settings
from tests.soak import asking
from tests.soak.facts import Plan
from tests.soak.run import Soak

DAYS = 10
SEED = 231


@pytest.fixture(scope="module")
def soak(tmp_path_factory):
    """One that has lived."""
    soak = Soak(tmp_path_factory.mktemp("soak"), Plan(24, DAYS, SEED), crashes=1, sample=2, rounds=1)
    list(soak.live())
    return soak


def test_a_lake_that_was_killed_mended_corrected_and_grown_answers_as_brute_force_does(soak):
    assert soak.faults == []
    assert soak.killed > 0
    rejects, repeats, gaps = (sum(of) for of in list(zip(*soak.truth(DAYS).counts().values(), strict=True))[1:])
    assert min(rejects, repeats, gaps) > 0  # of so few records: the seed is chosen


def test_a_fact_that_the_lake_lacks_is_told(soak):
    truth = soak.truth(DAYS)
    known = asking.known(truth, corrected=True)
    config = settings.load(soak.folder / "town" / "settings.toml")
    asked = asking.Asked("access_by_level", {})
    rows, _ = asking.answered(asked, soak.folder / "lake", config)
    assert asking.differs(asked, rows, known) == ""
    known.events.append({**known.events[0], "action": "log_clear"})
    assert "log_clear" in asking.differs(asked, rows, known)


def test_what_is_wrong_for_a_while_and_what_is_computed_again_makes_a_difference(soak):
    stages = {day: soak.truth(day).events for day in (soak.plan.wrong[1], soak.plan.wrong[1] + 1)}
    before, after = ({one["event_id"]: one for one in events} for events in stages.values())
    changed = chain.from_iterable(
        (name for name, value in one.items() if after[key][name] != value) for key, one in before.items()
    )
    assert "action" in set(changed)
