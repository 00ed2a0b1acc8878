-- mapping:  sparhund
-- reads:    one JSON object a record, as sparhund writes of its own acts: {"time": …, "act": "asked", "account": …, "question": …, …}
-- source:   analytics/acts.py of this project
-- decoders: ndjson
-- proved:   real program sparhund 0.1.0
-- traps:    asking is a search that proves nothing yet; only the answer shows content, and only if it had rows.
--           An answer about several persons (timeline) is one row for each, since an event is about one.
--           A change of the asset register changes what is looked for, so all its stages are config_change.
--           Signing in to the pages (and a link that is refused) and out are acts without a question: the host is the server,
--           and not what was signed in from. Both of one session have its id. A link that is nobody's has no account.
--           An act that a newer version writes stays 'other' with everything in details.
WITH parsed AS (
  SELECT position, record,
         TRY(from_json(record, '{"time": "VARCHAR", "act": "VARCHAR", "ask": "VARCHAR", "account": "VARCHAR", "host": "VARCHAR", "question": "VARCHAR", "purpose": "VARCHAR", "rows": "BIGINT", "params": "JSON"}')) AS j
  FROM raw
),
opened AS (
  SELECT position, record, j,
         coalesce(j.question = 'register change', false) AS configures,
         MAP {'sign in': 'login', 'sign out': 'logout'}[j.question] AS signs,
         CASE WHEN j.params ->> 'subject' IS NOT NULL THEN [j.params ->> 'subject']
              ELSE TRY(from_json(j.params -> 'subjects', '["VARCHAR"]')) END AS subjects
  FROM parsed
),
parts AS (
  SELECT position, record, j, configures, signs, subjects, unnest(range(greatest(coalesce(len(subjects), 0), 1))) AS part
  FROM opened
)
SELECT position,
       part,
       iso_zoned(j.time)                                                       AS time,
       j.time                                                                  AS time_original,
       j.ask || '/' || j.act                                                   AS source_event_id,
       j.account                                                               AS actor_account,
       CASE WHEN configures THEN 'config_change' WHEN signs IS NOT NULL THEN signs
            ELSE CASE j.act WHEN 'asked' THEN 'search' WHEN 'answered' THEN 'read' WHEN 'failed' THEN 'search' ELSE 'other' END END AS action,
       CASE WHEN j.act IN ('answered', 'began', 'ended') OR (configures AND j.act = 'decided') THEN 'success' WHEN j.act = 'failed' THEN 'failure' ELSE 'unknown' END AS outcome,
       CASE WHEN (j.act = 'answered' AND j.rows > 0) OR (configures AND j.act = 'decided') THEN 'content' WHEN j.act = 'failed' THEN 'attempt' ELSE 'possible' END AS proves,
       CASE WHEN configures THEN 3004 WHEN signs IS NOT NULL THEN 3002 WHEN j.act IN ('answered', 'asked', 'failed') THEN 6001 END AS class_uid,
       j.purpose                                                               AS purpose,
       CASE WHEN configures THEN 'register' WHEN j.question IS NOT NULL AND signs IS NULL THEN 'question' END  AS object_type,
       CASE WHEN configures THEN j.params ->> 'file' WHEN signs IS NULL THEN j.question END                    AS object_id,
       subjects[part + 1]                                                      AS subject,
       j.ask                                                                   AS session,
       CASE WHEN signs = 'login' THEN address(j.params ->> 'address') END      AS src_ip,
       CASE WHEN signs IS NULL THEN j.host END                                 AS src_host,
       record                                                                  AS details,
       CASE WHEN j IS NULL THEN 'record: not a JSON object'
            WHEN j.time IS NULL THEN 'time: missing' END                       AS reject
FROM parts
