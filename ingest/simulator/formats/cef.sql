-- format:   ArcSight Common Event Format 0 behind an RFC 3164 header, as a print server writes it
-- verbs:    print, copy
SELECT n,
       '<134>' || strftime(local, '%b ') || lpad(strftime(local, '%-d'), 2, ' ') || strftime(local, ' %H:%M:%S') || ' print01 CEF:0|Exempel Utskrift|SecurePrint|5.2|'
       || CASE verb WHEN 'print' THEN '100|Document printed' ELSE '110|Document copied' END || '|3|rt=' || epoch_ms(utc) || ' src=' || ip || ' shost=' || computer || ' suser=AVIKEN\\' || sam
       || ' act=' || verb || ' outcome=' || CASE WHEN ok THEN 'success' ELSE 'failure' END || ' fname=' || replace(replace(thing_path, '\', '\\'), '=', '\=')
       || ' cs1Label=Skrivare cs1=SKR-' || unit_code || ' cn1Label=Sidor cn1=' || (r % 24 + 1) || ' externalId=' || n AS line,
       sam AS actor_account,
       'AVIKEN' AS actor_domain,
       verb AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       thing_path AS object_path,
       ip AS src_ip,
       computer AS src_host,
       CASE WHEN ok THEN 'content' ELSE 'attempt' END AS proves,
       'file' AS object_type
FROM acts
