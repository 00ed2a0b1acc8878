"""Which decoder a stream's look calls for."""

from dataclasses import replace

import pytest

from ingest.mapping import decoder_for, least_columns, mapping
from schemas.errors import SqlFileError

LINES = {
    "bars": b"2026-03-01 08:14:07 CET|anna|vard|192.0.2.5|1234|LOG:  statement: select 1\n",
    "commas": b"2026-03-01 08:14:07 CET,anna,vard,192.0.2.5 LOG:  statement: select 1\n",
    "names": b"user=anna,db=vard,client=192.0.2.5 LOG:  statement: select 1\n",
}


@pytest.mark.parametrize("look", LINES)
def test_a_prefix_with_separators_makes_no_table_of_a_server_log(look: str) -> None:
    assert decoder_for(mapping("postgresql"), LINES[look] * 2) == "lines"


def test_a_table_has_as_many_columns_as_its_system_writes() -> None:
    row = b"2026-03-01 08:14:07.123 CET,,,1234,,65e1.1,3,,2026-03-01 08:14:00 CET,,0,LOG,00000,ready,,,,,,,,,psql\n"
    assert decoder_for(mapping("postgresql"), row * 2) == "csv"
    assert decoder_for(mapping("entra_signin"), b"Date (UTC),User\n2026-03-01,anna\n") == "csv"


def test_a_least_number_that_is_none_is_an_error() -> None:
    odd = mapping("postgresql")
    with pytest.raises(SqlFileError):
        least_columns(replace(odd, header={**odd.header, "columns": "many"}))
