-- format:   the Security log of the file server FS01, EVTX: each record is an event id and its values
-- verbs:    share (5145), read, write, remove (4663), log_clear (1102)
WITH typed AS (
  SELECT *, CASE verb WHEN 'share' THEN 5145 WHEN 'log_clear' THEN 1102 ELSE 4663 END AS event,
         split_part(thing_path, '\', 4) AS share, regexp_extract(thing_path, '^\\\\FS01\\[^\\]+\\(.*)$', 1) AS below,
         (1000000 + who * 4096 + n % 4096)::VARCHAR AS logon_id
  FROM acts),
named AS (
  SELECT *, [sid, sam, 'AVIKEN', logon_id] AS subject_fields, 'D:\Shares\' || rtrim(share, '$') || '\' || below AS local_path
  FROM typed)
SELECT n, 'FS01' AS host, event,
       CASE event
         WHEN 5145 THEN list_concat(subject_fields, ['File', ip, (49152 + r % 16000)::VARCHAR, '\\*\' || share, '\??\D:\Shares\' || rtrim(share, '$'), below, '1', E'%%4416\n\t\t\t\t', '-'])
         WHEN 1102 THEN subject_fields
         ELSE list_concat(subject_fields, ['Security', 'File', local_path, (r % 9000 + 256)::VARCHAR,
                          CASE verb WHEN 'read' THEN E'%%4416\n\t\t\t\t' WHEN 'write' THEN E'%%4417\n\t\t\t\t' ELSE E'%%1537\n\t\t\t\t' END,
                          CASE verb WHEN 'read' THEN '1' WHEN 'write' THEN '2' ELSE '65536' END, '4', '', 'S:AI']) END AS data,
       sam AS actor_account,
       'AVIKEN' AS actor_domain,
       MAP {'share': 'read', 'read': 'read', 'write': 'update', 'remove': 'delete', 'log_clear': 'log_clear'}[verb] AS action,
       'success' AS outcome,
       CASE event WHEN 5145 THEN '\\*\' || share || '\' || below WHEN 1102 THEN 'Security' END AS object_id,
       CASE WHEN event <> 1102 THEN local_path END AS object_path,
       CASE WHEN event = 5145 THEN ip END AS src_ip,
       CASE WHEN event = 5145 THEN 'possible' ELSE 'content' END AS proves,
       CASE WHEN event = 1102 THEN 'log' ELSE 'File' END AS object_type
FROM named
