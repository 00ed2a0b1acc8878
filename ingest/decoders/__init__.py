"""Decoders: bytes to records. Each is one file with two steps, and one row in the table below."""

from ingest.decoders import auditd, csv, evtx, json_array, lines, ndjson, w3c, xml
from ingest.decoders.frame import Decoder, Frame, Framing

__all__ = ["DECODERS", "Decoder", "Frame", "Framing"]

DECODERS: dict[str, Decoder] = {
    "evtx": Decoder(evtx.matches, evtx.split, evtx.open),
    "json_array": Decoder(json_array.matches, json_array.split, json_array.open, json_array.BROKEN),
    "ndjson": Decoder(ndjson.matches, ndjson.split, ndjson.open, ndjson.BROKEN),
    "xml": Decoder(xml.matches, xml.split, xml.open),
    "auditd": Decoder(auditd.matches, auditd.split, auditd.open),
    "w3c": Decoder(w3c.matches, w3c.split, w3c.open),
    "csv": Decoder(csv.matches, csv.split, csv.open),
    "lines": Decoder(lines.matches, lines.split, lines.open),
}
