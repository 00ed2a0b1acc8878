-- question: find
-- asks:     As what does this text stand in the events: an account, an object, a path?
-- sv:       Som vad finns den här texten i händelserna: konto, objekt eller sökväg?
-- params:   text TEXT (spelt exactly as the record has it)
-- returns:  found_as TEXT, system TEXT, object_type TEXT, value TEXT, events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   each event once for each column that holds the text and nothing else; found_as is that column
-- narrow:   any text
-- order:    by column, system and object type
-- limits:   another spelling, also in capitals, is another text. A text within a path is found by find_within
-- sv_counts: varje händelse en gång för varje uppgift som är just den här texten och inget annat
-- sv_limits: en annan stavning, även med versaler, är en annan text. En text inuti en sökväg hittas av frågan om delar av sökvägar
SELECT 'actor_account' AS found_as, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type, actor_account AS value,
       count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE actor_account = $text
GROUP BY actor_account
UNION ALL
SELECT 'object_id' AS found_as, system, object_type, object_id AS value, count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE object_id = $text
GROUP BY system, object_type, object_id
UNION ALL
SELECT 'object_path' AS found_as, system, object_type, object_path AS value, count(*) AS events, min(time) AS first_utc,
       max(time) AS last_utc
FROM events
WHERE object_path = $text AND object_id IS DISTINCT FROM $text
GROUP BY system, object_type, object_path
UNION ALL
SELECT 'target_account' AS found_as, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type, target_account AS value,
       count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE target_account = $text
GROUP BY target_account
ORDER BY found_as, system, object_type
