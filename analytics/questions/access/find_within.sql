-- question: find_within
-- asks:     Which objects have this text within their path?
-- sv:       Vilka objekt har den här texten någonstans i sin sökväg?
-- params:   text TEXT (part of a path, spelt exactly as the record has it)
-- returns:  system TEXT, object_type TEXT, object_id TEXT, object_path TEXT, events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   each event once whose path holds the text
-- order:    the most events first, then the columns from the left
-- limits:   every path is read, so that it takes longer than find
-- sv_counts: varje händelse en gång vars sökväg innehåller texten
-- sv_limits: alla sökvägar läses, så det tar längre tid
SELECT system, object_type, object_id, object_path, count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE contains(object_path, $text)
GROUP BY system, object_type, object_id, object_path
ORDER BY events DESC, system, object_type, object_id, object_path
