import io

import pytest

from dashboards.cli.normalise import normalised
from schemas.errors import MappingError
from schemas.source import Source


def test_a_mapping_that_gives_no_path_names_no_objects():
    source = Source(name="care", mapping="riv_log", objects={"case": "/arende/{id}"})
    with pytest.raises(MappingError, match="care: riv_log gives no path in which objects could be named"):
        list(normalised(io.BytesIO(b"<x/>\n"), source))
