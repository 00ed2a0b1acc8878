-- format:   nginx, log_format combined; the case system Kvarnen behind it sets the remote user
-- verbs:    case, papers, person, note, search, pdf
WITH asked AS (
  SELECT *,
         CASE verb WHEN 'case' THEN thing_path WHEN 'papers' THEN thing_path || '/handlingar' WHEN 'note' THEN thing_path || '/anteckning'
                   WHEN 'pdf' THEN thing_path || '/handlingar/' || (r % 40 + 1) || '.pdf' WHEN 'person' THEN '/person/' || dashed
                   ELSE '/sok?q=' || lower(family) || '&sida=' || (r % 3 + 1) END AS path,
         CASE WHEN NOT ok THEN 403 WHEN verb = 'note' THEN 302 WHEN r % 50 = 0 THEN 304 ELSE 200 END AS status
  FROM acts)
SELECT n,
       ip || ' - ' || sam || strftime(local, ' [%d/%b/%Y:%H:%M:%S ') || utc_offset || '] "' || CASE WHEN verb = 'note' THEN 'POST ' ELSE 'GET ' END
       || path || ' HTTP/1.1" ' || status || ' ' || CASE WHEN status IN (302, 304) THEN 0 ELSE 900 + r % 60000 END
       || ' "https://kvarnen.aviken.example/" "' || CASE WHEN sam LIKE 'svc-%' THEN 'RoboKlient/2.1' ELSE agent END || '"' AS line,
       sam AS actor_account,
       CASE WHEN verb = 'note' THEN 'update' ELSE 'read' END AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       CASE WHEN verb NOT IN ('search', 'person') THEN thing_id END AS object_id,
       path AS object_path,
       ip AS src_ip
FROM asked
