"""A life of forty commits: the same stages as the long one."""

import pytest

from schemas import settings
from tests.soak import asking
from tests.soak.facts import Plan
from tests.soak.run import Soak

DAYS = 10
SEED = 2225  # of which so few records have all that the tests ask for


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
    assert min(rejects, repeats, gaps) > 0


def test_a_fact_that_the_lake_lacks_is_told(soak):
    truth = soak.truth(DAYS)
    known = asking.known(truth, corrected=True)
    config = settings.load(soak.folder / "town" / "settings.toml")
    asked = asking.Asked("access_by_level", {})
    rows, _ = asking.answered(asked, soak.folder / "lake", config)
    assert asking.differs(asked, rows, known) == ""
    known.events.append({**known.events[0], "action": "log_clear"})
    assert "log_clear" in asking.differs(asked, rows, known)


def test_what_is_computed_again_makes_a_difference(soak):
    def changed(day):
        before, after = ({one["event_id"]: one for one in soak.truth(on).events} for on in (day, day + 1))
        return {name for key, one in before.items() for name, value in one.items() if after[key][name] != value}

    assert changed(soak.plan.wrong[1]) == {"action", "outcome", "proves"}
    assert changed(soak.plan.corrected) == {"asset", "k", "r", "t", "controller", "device"}
