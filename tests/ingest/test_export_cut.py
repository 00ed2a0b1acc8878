"""Exports that a system cuts at a known number of records."""

from dataclasses import replace

import pytest

from ingest.mapping import cut_at, mapping
from schemas.errors import SqlFileError


def test_a_purview_export_is_cut_at_fifty_thousand_and_a_stream_never() -> None:
    audit = mapping("m365_audit")
    assert cut_at(audit, "csv") == 50_000
    assert cut_at(audit, "json_array") == 50_000
    assert cut_at(audit, "ndjson") is None
    assert cut_at(mapping("entra_audit"), "csv") is None


def test_a_limit_that_cannot_be_read_is_an_error() -> None:
    audit = mapping("m365_audit")
    for text in ("many csv", "50000", "50000 evtx"):
        with pytest.raises(SqlFileError):
            cut_at(replace(audit, header={**audit.header, "cut": text}), "csv")
