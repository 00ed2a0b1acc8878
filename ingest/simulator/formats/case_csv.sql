-- format:   a case system's access report: semicolons, UTF-8, Swedish words, local time without zone; a case is named by its number only
-- verbs:    case, papers, note, search (by personal number, which the report names), person (the page of one person), pdf, print, delete
SELECT n,
       strftime(local, '%Y-%m-%d %H:%M:%S;') || sam || ';'
       || MAP {'case': 'Öppnat ärende', 'papers': 'Öppnat handlingar', 'note': 'Antecknat', 'search': 'Sökt person', 'person': 'Öppnat person', 'pdf': 'Hämtat handling', 'print': 'Skrivit ut',
               'delete': 'Tagit bort'}[verb]
       || ';' || CASE WHEN verb IN ('search', 'person') THEN ';;' || dashed ELSE thing_id || ';' || thing_path || ';' END
       || ';' || CASE WHEN ok THEN 'OK' ELSE 'Nekad' END || ';' || ip AS line,
       sam AS actor_account,
       MAP {'case': 'read', 'papers': 'read', 'note': 'update', 'search': 'search', 'person': 'read', 'pdf': 'export', 'print': 'print', 'delete': 'delete'}[verb] AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       CASE WHEN verb NOT IN ('search', 'person') THEN thing_id END AS object_id,
       CASE WHEN verb NOT IN ('search', 'person') THEN thing_path END AS object_path,
       CASE WHEN verb IN ('search', 'person') THEN number END AS subject,
       ip AS src_ip,
       'ärende' AS object_type,
       CASE WHEN NOT ok THEN 'attempt' WHEN verb = 'search' THEN 'possible' ELSE 'content' END AS proves
FROM acts
