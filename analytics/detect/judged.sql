-- The accesses that a slice's detections see, as a table, since explanations and detections read them many times.
--
-- fresh: the event is one of those that are judged. ordinal: of the slice with which the row came.
CREATE OR REPLACE TEMP TABLE judged AS SELECT *, {fresh} AS fresh, CAST(0 AS INTEGER) AS ordinal FROM accesses LIMIT 0;
CREATE OR REPLACE TEMP TABLE explained (event_id VARCHAR, explanation VARCHAR, relation VARCHAR, row_id VARCHAR);
