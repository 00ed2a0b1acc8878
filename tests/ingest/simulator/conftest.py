import pytest

from ingest.simulator.simulation import Simulated, simulate


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Simulated:
    """A small municipality whose four days hold every incident."""
    return simulate(tmp_path_factory.mktemp("town") / "town", people=150, days=4, seed=7)

    return town.out
