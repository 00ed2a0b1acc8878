"""Decoders: bytes to records. Each is one file with two steps, and one row in the table below."""

from ingest.decoders import lines, ndjson
from ingest.decoders.frame import Decoder, Frame, Framing

__all__ = ["DECODERS", "Decoder", "Frame", "Framing"]

DECODERS: dict[str, Decoder] = {
    "ndjson": Decoder(ndjson.matches, ndjson.split, ndjson.open, ndjson.BROKEN),
    "lines": Decoder(lines.matches, lines.split, lines.open),
}
