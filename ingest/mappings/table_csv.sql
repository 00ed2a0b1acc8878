-- mapping:  table_csv
-- reads:    any table of accesses: a header, then one act a row; or one JSON object a row, as the database collector gives it. What its columns and words mean stands in the source's settings alone (docs/table_csv.md)
-- source:   RFC 4180, and the settings of the source; separator, quotation mark, encoding and a missing header belong to its framing
-- decoders: ndjson, csv
-- otherwise: csv
-- proved:   from documentation
--           fields: RFC 4180, RFC 8259; every event column: the source's own settings
-- params:   columns JSON (event column: the table's column, or a list of them); words JSON (for action, outcome and proves: the table's word: ours) = {};
--           constants JSON (event column: a value where the table has none) = {}; time_format TEXT (as strptime, up to six with | between, or epoch or epoch_ms, NULL is ISO 8601) = NULL
-- traps:    A time without offset is local in the source's zone; a date and a time of day in two columns are joined by a blank.
--           A word that the settings do not know is action other (outcome unknown), never a guess; it stays in details.
--           A declared column that the header lacks is a reject that names it, not an empty value: a changed export must be noticed.
--           Numbers stay text ("1 900" is no number, 007 keeps its zeros).
WITH settings AS (
  SELECT CASE WHEN json_valid($columns) AND json_type($columns) = 'OBJECT' THEN $columns::JSON ELSE '{}' END AS columns,
         CASE WHEN json_valid($words) AND json_type($words) = 'OBJECT' THEN $words::JSON ELSE '{}' END AS words,
         CASE WHEN json_valid($constants) AND json_type($constants) = 'OBJECT' THEN $constants::JSON ELSE '{}' END AS constants),
plan AS (
  SELECT constants, json_keys(columns) AS names,
         map(json_keys(columns), list_transform(json_keys(columns), lambda k:
           CASE WHEN (columns -> k)::VARCHAR LIKE '[%' THEN from_json(columns -> k, '["VARCHAR"]') ELSE [columns ->> k] END)) AS wanted,
         -- The words are compared without regard to case and blanks around.
         map(list_transform(json_keys(words -> 'action'), lambda k: lower(trim(k))), list_transform(json_keys(words -> 'action'), lambda k: (words -> 'action') ->> k)) AS actions,
         map(list_transform(json_keys(words -> 'outcome'), lambda k: lower(trim(k))), list_transform(json_keys(words -> 'outcome'), lambda k: (words -> 'outcome') ->> k)) AS outcomes,
         map(list_transform(json_keys(words -> 'proves'), lambda k: lower(trim(k))), list_transform(json_keys(words -> 'proves'), lambda k: (words -> 'proves') ->> k)) AS proofs,
         list_filter([CASE WHEN columns = '{}' THEN 'settings: columns is not a JSON object with columns' END,
                      CASE WHEN words = '{}' AND coalesce($words, '{}') <> '{}' THEN 'settings: words is not a JSON object' END,
                      CASE WHEN constants = '{}' AND coalesce($constants, '{}') <> '{}' THEN 'settings: constants is not a JSON object' END,
                      CASE WHEN len(str_split($time_format, '|')) > 6 THEN 'settings: more than six formats of time' END], lambda r: r IS NOT NULL)[1] AS mistake,
         list_filter(list_concat(json_extract_string(words, '$.action.*'), [constants ->> 'action']), lambda w: w NOT IN ('read', 'search', 'create', 'update', 'delete', 'copy', 'export', 'print', 'share', 'sign',
           'break_glass', 'login', 'logout', 'grant', 'revoke', 'account_create', 'account_change', 'account_delete', 'config_change', 'log_clear', 'execute', 'connect', 'other')) AS no_action,
         list_filter(list_concat(json_extract_string(words, '$.outcome.*'), [constants ->> 'outcome']), lambda w: w NOT IN ('success', 'failure', 'unknown')) AS no_outcome,
         list_filter(list_concat(json_extract_string(words, '$.proves.*'), [constants ->> 'proves']), lambda w: w NOT IN ('content', 'possible', 'attempt')) AS no_proof,
         list_filter(list_concat(json_keys(columns), json_keys(constants)), lambda k: k NOT IN ('time', 'source_event_id', 'actor_account', 'actor_domain', 'actor_unit', 'actor_role', 'session',
           'on_behalf_of', 'action', 'outcome', 'proves', 'purpose', 'object_type', 'object_id', 'object_path', 'target_account', 'target_group', 'subject', 'subject_issuer', 'src_ip', 'src_port', 'src_host',
           'user_agent', 'device', 'change_field', 'change_before', 'change_after')) AS unknown
  FROM settings),
opened AS (
  SELECT position, fields, TRY(fields::MAP(VARCHAR, VARCHAR)) AS cells
  FROM (SELECT position, CASE WHEN fields IS NOT NULL THEN fields WHEN ltrim(record) LIKE '{%' THEN try_cast(record AS JSON) END AS fields FROM raw)),
looked AS (
  SELECT o.position, o.fields, p.constants, p.actions, p.outcomes, p.proofs, p.names,
         coalesce(p.mistake, 'settings: there is no event column ' || p.unknown[1], 'settings: there is no action ' || p.no_action[1], 'settings: there is no outcome ' || p.no_outcome[1],
                  'settings: there is no proof ' || p.no_proof[1]) AS mistake,
         list_filter(flatten(map_values(p.wanted)), lambda n: NOT map_contains(o.cells, n)) AS missing,
         map(p.names, list_transform(map_values(p.wanted), lambda w: list_filter(list_transform(w, lambda n: nullif(trim(o.cells[n]), '')), lambda x: x IS NOT NULL))) AS found
  FROM opened AS o CROSS JOIN plan AS p),
valued AS (
  SELECT position, fields, actions, outcomes, proofs, mistake, missing, names,
         regexp_replace(list_aggregate(found['time'], 'string_agg', ' '), ' ([+-]\d\d:\d\d)$', '\1') AS clock,  -- a blank before an offset would hide it
         list_aggregate(found['time'], 'string_agg', ' ') AS spelt,
         CASE WHEN contains($time_format, '%z') THEN regexp_replace(spelt, '(\d) ?[Zz]$', '\1+0000') ELSE spelt END AS read,  -- DuckDB's %z knows no Z
         coalesce(found['source_event_id'][1], constants ->> 'source_event_id') AS source_event_id,
         account(coalesce(found['actor_account'][1], constants ->> 'actor_account')) AS actor,
         coalesce(found['actor_domain'][1], constants ->> 'actor_domain') AS domain,
         coalesce(found['actor_unit'][1], constants ->> 'actor_unit') AS actor_unit,
         coalesce(found['actor_role'][1], constants ->> 'actor_role') AS actor_role,
         coalesce(found['session'][1], constants ->> 'session') AS session,
         coalesce(found['on_behalf_of'][1], constants ->> 'on_behalf_of') AS on_behalf_of,
         lower(found['action'][1]) AS action_word, constants ->> 'action' AS action_constant,
         lower(found['outcome'][1]) AS outcome_word, constants ->> 'outcome' AS outcome_constant,
         lower(found['proves'][1]) AS proves_word, constants ->> 'proves' AS proves_constant,
         coalesce(found['purpose'][1], constants ->> 'purpose') AS purpose,
         coalesce(found['object_type'][1], constants ->> 'object_type') AS object_type,
         coalesce(found['object_id'][1], constants ->> 'object_id') AS object_id,
         coalesce(found['object_path'][1], constants ->> 'object_path') AS object_path,
         coalesce(found['target_account'][1], constants ->> 'target_account') AS target_account,
         coalesce(found['target_group'][1], constants ->> 'target_group') AS target_group,
         found['subject'][1] AS subject, coalesce(found['subject_issuer'][1], constants ->> 'subject_issuer') AS subject_issuer,
         address_port(coalesce(found['src_ip'][1], constants ->> 'src_ip')) AS address, port(found['src_port'][1]) AS src_port,
         filled(coalesce(found['src_host'][1], constants ->> 'src_host')) AS src_host,
         coalesce(found['user_agent'][1], constants ->> 'user_agent') AS user_agent, coalesce(found['device'][1], constants ->> 'device') AS device,
         found['change_field'][1] AS change_field, found['change_before'][1] AS change_before, found['change_after'][1] AS change_after
  FROM looked),
decided AS (
  SELECT *,
         CASE WHEN action_word IS NULL THEN coalesce(action_constant, 'other')
              WHEN actions[action_word] IS NOT NULL THEN actions[action_word]
              WHEN regexp_full_match(action_word, 'log[io]n|log ?on|logged on') THEN 'login' WHEN regexp_full_match(action_word, 'log ?off|log ?out|logged off') THEN 'logout'
              WHEN regexp_full_match(action_word, 'read|search|create|update|delete|copy|export|print|share|sign|break_glass|grant|revoke|account_create|account_change|account_delete|config_change|log_clear|execute|connect')
              THEN action_word ELSE 'other' END AS action,
         CASE WHEN outcome_word IS NULL THEN coalesce(outcome_constant, 'unknown')
              ELSE coalesce(outcomes[outcome_word], CASE WHEN outcome_word IN ('success', 'failure') THEN outcome_word END, 'unknown') END AS outcome,
         -- one format a call: given a list, DuckDB reads 31/Feb as 3 March
         list_filter([{'at': try_strptime(read, coalesce(nullif(trim(split_part($time_format, '|', 1)), ''), chr(7)))::TIMESTAMP, 'zoned': contains(split_part($time_format, '|', 1), '%z')},
                      {'at': try_strptime(read, coalesce(nullif(trim(split_part($time_format, '|', 2)), ''), chr(7)))::TIMESTAMP, 'zoned': contains(split_part($time_format, '|', 2), '%z')},
                      {'at': try_strptime(read, coalesce(nullif(trim(split_part($time_format, '|', 3)), ''), chr(7)))::TIMESTAMP, 'zoned': contains(split_part($time_format, '|', 3), '%z')},
                      {'at': try_strptime(read, coalesce(nullif(trim(split_part($time_format, '|', 4)), ''), chr(7)))::TIMESTAMP, 'zoned': contains(split_part($time_format, '|', 4), '%z')},
                      {'at': try_strptime(read, coalesce(nullif(trim(split_part($time_format, '|', 5)), ''), chr(7)))::TIMESTAMP, 'zoned': contains(split_part($time_format, '|', 5), '%z')},
                      {'at': try_strptime(read, coalesce(nullif(trim(split_part($time_format, '|', 6)), ''), chr(7)))::TIMESTAMP, 'zoned': contains(split_part($time_format, '|', 6), '%z')}],
                     lambda r: r.at IS NOT NULL)[1] AS told,
         CASE WHEN $time_format IN ('epoch', 'epoch_ms') THEN try_cast(replace(clock, ',', '.') AS DOUBLE) / CASE WHEN $time_format = 'epoch' THEN 1 ELSE 1000 END END AS seconds
  FROM valued)
SELECT position, source_event_id,
       CASE WHEN $time_format IS NULL THEN iso_zoned(clock)
            WHEN seconds BETWEEN -11644473600 AND 253402300799 THEN to_timestamp(seconds)
            WHEN told.zoned THEN timezone('UTC', told.at) END AS time,
       CASE WHEN $time_format IS NULL THEN CASE WHEN iso_zoned(clock) IS NULL THEN iso_local(clock) END
            WHEN NOT told.zoned THEN told.at END AS local_time,
       CASE WHEN list_contains(names, 'time') THEN coalesce(spelt, '') END AS time_original,
       coalesce(actor.domain, domain) AS actor_domain, actor.name AS actor_account, actor_unit, actor_role, session, on_behalf_of,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN proves_word IS NOT NULL THEN coalesce(proofs[proves_word], CASE WHEN proves_word IN ('content', 'possible', 'attempt') THEN proves_word END, proves_constant, 'possible')
            WHEN proves_constant IS NOT NULL THEN proves_constant
            WHEN action IN ('login', 'logout', 'search', 'execute', 'connect', 'other') THEN 'possible' ELSE 'content' END AS proves,
       CASE WHEN change_field IS NOT NULL OR change_before IS NOT NULL OR change_after IS NOT NULL
            THEN [{'field': change_field, 'before': change_before, 'after': change_after}] END AS changes,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN action LIKE 'account%' THEN 3007 WHEN action IN ('grant', 'revoke') THEN 3006
            WHEN action = 'connect' THEN 4001 WHEN action IN ('config_change', 'log_clear', 'execute', 'other') THEN 6003 ELSE 6001 END AS class_uid,
       purpose, object_type, object_id, object_path, target_account, target_group, subject, subject_issuer,
       address.ip AS src_ip, coalesce(src_port, address.port) AS src_port, src_host, user_agent, device,
       fields AS details,
       CASE WHEN mistake IS NOT NULL THEN mistake
            WHEN fields IS NULL THEN 'json: not an object'
            WHEN len(missing) > 0 THEN missing[1] || ': no such column in the header' END AS reject
FROM decided
