-- The JSON of a Windows event as the decoders of EVTX and XML make it ({"System": {…}, "EventData": {…}}), of `details` in whatever form a
-- forwarder gave it (the forms of the mapping windows_security). `Data` without names is one text under "Data", UserData's content is
-- EventData, a channel that isn't told is the provider's own. $events is a relation with `details`;
-- the column `document` is added. $windows says which rows are Windows'; of others, `document` is `details`.
SELECT * EXCLUDE (other, v, body, pairs, members),
       CASE WHEN NOT other THEN details
            ELSE '{"System":{"EventID":' || coalesce(to_json(
                   CASE WHEN v[1][1] = '{' THEN regexp_extract(v[1], '(?i)"(?:#text|value|id|content|_)"\s*:\s*"?(\d+)', 1) ELSE v[1] END), 'null')
              || ',"Channel":' || coalesce(to_json(coalesce(v[2],
                   CASE WHEN v[3] ILIKE '%security-auditing' THEN 'Security' WHEN v[3] ILIKE 'microsoft-windows-sysmon' THEN 'Microsoft-Windows-Sysmon/Operational'
                        WHEN v[3] ILIKE 'microsoft-windows-powershell' THEN 'Microsoft-Windows-PowerShell/Operational' WHEN v[3] = 'PowerShell' THEN 'Windows PowerShell' END)), 'null')
              || ',"Provider":{"@Name":' || coalesce(to_json(v[3]), 'null') || '},"Computer":' || coalesce(to_json(v[4]), 'null')
              || ',"Keywords":' || coalesce(to_json(v[5]), 'null') || ',"Level":' || coalesce(to_json(v[6]), 'null') || ',"Task":' || coalesce(to_json(v[7]), 'null')
              || ',"Opcode":' || coalesce(to_json(v[8]), 'null') || ',"Version":' || coalesce(to_json(v[9]), 'null')
              || ',"EventRecordID":' || coalesce(to_json(v[10]), 'null') || ',"Security":{"@UserID":' || coalesce(to_json(v[11]), 'null') || '}},"EventData":'
              || CASE WHEN len(pairs) > 0 AND pairs[1][1] IS NOT NULL
                      THEN '{' || list_aggregate(list_transform(list_filter(pairs, lambda p: p[1] IS NOT NULL), lambda p: to_json(p[1])::VARCHAR || ':' || coalesce(to_json(p[2])::VARCHAR, 'null')), 'string_agg', ',') || '}'
                      WHEN members IS NOT NULL
                      THEN json_merge_patch(CASE WHEN json_type(body) = 'OBJECT' THEN body ELSE '{}' END, '{"Data":' || to_json(array_to_string(members, chr(10)))::VARCHAR || '}')::VARCHAR
                      ELSE coalesce(body, '{}') END || '}' END AS document
FROM (
  SELECT *,
         -- Named pairs as a list: [{"@Name": …, "#text": …}], Get-WinEvent and EvtxECmd's [{"@Name": …}], or text with <Data Name='…'>.
         CASE WHEN body LIKE '<Data%' THEN list_transform(list_zip(regexp_extract_all(body, '<Data\s+Name=[''"]([^''"]*)[''"]\s*>([^<]*)<', 1), regexp_extract_all(body, '<Data\s+Name=[''"]([^''"]*)[''"]\s*>([^<]*)<', 2)), lambda p: [p[1], p[2]])
              WHEN json_type(body) = 'OBJECT' AND json_type(body, '$.Data') = 'ARRAY' AND json_type(body, '$.Data[0]') = 'OBJECT'
              THEN list_transform(json_extract(body, '$.Data[*]'), lambda x: [coalesce(json_extract_string(x, '$."@Name"'), json_extract_string(x, '$.Name'), json_extract_string(x, '$."#attributes".Name')),
                                                                             coalesce(json_extract_string(x, '$."#text"'), json_extract_string(x, '$.Value'))])
              WHEN json_type(body) = 'ARRAY' AND json_type(body, '$[0]') = 'OBJECT' AND json_extract_string(body, '$[0].Value') IS NULL
              THEN list_transform(json_extract(body, '$[*]'), lambda x: [json_keys(x)[1], (json_extract_string(x, '$.*'))[1]])
              WHEN json_type(body, '$.data') = 'ARRAY' AND json_type(body, '$.data[0]') = 'OBJECT'
              THEN list_transform(json_extract(body, '$.data[*]'), lambda x: [json_keys(x)[1], (json_extract_string(x, '$.*'))[1]]) END AS pairs,
         -- Values without names.
         CASE WHEN body LIKE '<%' THEN NULL WHEN json_type(body, '$.Data') = 'ARRAY' THEN json_extract_string(body, '$.Data[*]')
              WHEN json_type(body, '$.Data."#text"') = 'ARRAY' THEN json_extract_string(body, '$.Data."#text"[*]')
              WHEN json_type(body, '$.Data."#text"') IS NOT NULL THEN [json_extract_string(body, '$.Data."#text"')]
              WHEN json_type(body, '$.param1') = 'VARCHAR' AND json_type(body, '$.Data') IS NULL
              THEN list_filter(json_extract_string(body, ['$.param1', '$.param2', '$.param3', '$.param4', '$.param5', '$.param6', '$.param7', '$.param8', '$.param9']), lambda x: x IS NOT NULL)
              WHEN json_type(body) = 'ARRAY' AND json_extract_string(body, '$[0].Value') IS NOT NULL THEN json_extract_string(body, '$[*].Value')
              WHEN json_type(body) = 'ARRAY' THEN json_extract_string(body, '$[*]') END AS members
  FROM (
    SELECT *,
           CASE WHEN NOT other THEN NULL
                WHEN (v[12][1] IN ('{', '[') AND v[12] <> '{}' AND json_valid(v[12])) OR v[12] LIKE '<Data%' THEN v[12]
                WHEN (v[13][1] = '{' AND json_valid(v[13])) AND json_extract_string(v[13], '$."#element"') IS NOT NULL THEN v[13]
                WHEN (v[13][1] = '{' AND json_valid(v[13]))
                THEN coalesce(list_filter(json_extract(v[13], '$.*'), lambda x: json_type(x) = 'OBJECT' AND json_extract_string(x, '$.xmlns') IS NULL)[1]::VARCHAR, v[13])
                WHEN (v[14][1] = '[' AND json_valid(v[14])) THEN v[14]
                WHEN v[15][1] = '{' AND json_type(TRY(v[15]::JSON), '$.EventData') = 'OBJECT' THEN json_extract(v[15], '$.EventData')::VARCHAR
                WHEN v[12] IS NOT NULL OR v[13] IS NOT NULL OR json_type(details, '$.winlog') = 'OBJECT' OR json_type(details, '$.System') = 'OBJECT' THEN '{}'
                ELSE details END AS body
    FROM (
      SELECT *, CASE WHEN other THEN list_transform([json_extract_string(details, [
                  '$.System.EventID', '$.winlog.event_id', '$.EventID', '$.event_id', '$.EventId', '$.EventCode', '$.Id', '$.event.code',
                  '$.System.Channel', '$.winlog.channel', '$.Channel', '$.log_name', '$.channel', '$.LogName',
                  '$.System.Provider."@Name"', '$.System.Provider."#attributes".Name', '$.System.Provider.Name', '$.System.Provider_attributes.Name', '$.System.Name', '$.winlog.provider_name', '$.SourceName', '$.ProviderName', '$.EventSourceName', '$.source_name', '$.provider_name', '$.provider.name', '$.provider', '$.Provider', '$.event.provider', '$.source',
                  '$.System.Computer', '$.winlog.computer_name', '$.Computer', '$.computer_name', '$.Hostname', '$.computer', '$.ComputerName', '$.MachineName', '$.host.name',
                  '$.System.Keywords', '$.Keywords', '$.winlog.keywords', '$.keywords',
                  '$.System.Level', '$.winlog.level', '$.Level', '$.level', '$.SeverityValue',
                  '$.System.Task', '$.winlog.task', '$.Task', '$.task',
                  '$.System.Opcode', '$.winlog.opcode', '$.Opcode', '$.opcode',
                  '$.System.Version', '$.winlog.version', '$.Version', '$.version',
                  '$.System.EventRecordID', '$.winlog.record_id', '$.EventRecordID', '$.EventRecordId', '$.record_number', '$.RecordNumber', '$.RecordId', '$.record_id', '$.eventRecordID',
                  '$.System.Security."@UserID"', '$.System.Security."#attributes".UserID', '$.System.UserID', '$.winlog.user.identifier', '$.UserID',
                  '$.EventData', '$.winlog.event_data', '$.event_data',
                  '$.UserData', '$.winlog.user_data', '$.user_data',
                  '$.StringInserts', '$.Properties', '$.Payload'])], lambda f: [
                  coalesce(f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]), coalesce(f[9], f[10], f[11], f[12], f[13], f[14]),
                  coalesce(f[15], f[16], f[17], f[18], f[19], f[20], f[21], f[22], f[23], f[24], f[25], f[26], f[27], f[28], f[29], f[30]),
                  coalesce(f[31], f[32], f[33], f[34], f[35], f[36], f[37], f[38], f[39]), coalesce(f[40], f[41], f[42], f[43]),
                  coalesce(f[44], f[45], f[46], f[47], f[48]), coalesce(f[49], f[50], f[51], f[52]), coalesce(f[53], f[54], f[55], f[56]),
                  coalesce(f[57], f[58], f[59], f[60]), coalesce(f[61], f[62], f[63], f[64], f[65], f[66], f[67], f[68], f[69]),
                  coalesce(f[70], f[71], f[72], f[73], f[74]),
                  CASE WHEN f[75] NOT IN ('', '{}') THEN f[75] WHEN f[76] IS NOT NULL THEN f[76] ELSE nullif(f[77], '') END, coalesce(f[78], f[79], f[80]), coalesce(f[81], f[82]), f[83]])[1] END AS v
      FROM (
        -- What the decoders made is told by how it begins; the rest of this costs nothing for it.
        SELECT *, $windows AND NOT ((starts_with(details, '{"System":{"Provider":{"@Name":') OR starts_with(details, '{"System": {"Provider": {"@Name":'))
                                    AND contains(details, '"EventData":')) AS other
        FROM $events))))
