-- format:   a care vendor's access report: semicolons, Latin-1, CRLF, Swedish words, local time without zone
-- verbs:    read, create, update, sign, search, print, break_glass, delete
SELECT n,
       strftime(local, '%Y-%m-%d %H:%M:%S;') || hsa || ';' || unit_name || ';' || role || ';'
       || MAP {'read': 'Läst', 'create': 'Skapat', 'update': 'Ändrat', 'sign': 'Signerat', 'search': 'Sökt', 'print': 'Utskrift', 'break_glass': 'Nödöppnat', 'delete': 'Raderat'}[verb]
       || ';' || dashed || ';' || thing_id || ';' || CASE WHEN ok THEN 'OK' ELSE 'Nekad' END || ';' || computer || ';'
       || CASE WHEN verb = 'break_glass' THEN 'Nödöppning' ELSE 'Vård och behandling' END AS line,
       hsa AS actor_account,
       verb AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       thing_id AS object_id,
       number AS subject,
       unit_name AS actor_unit,
       role AS actor_role,
       CASE WHEN NOT ok THEN 'attempt' WHEN verb = 'search' THEN 'possible' ELSE 'content' END AS proves,
       'journal' AS object_type,
       computer AS device,
       CASE WHEN verb = 'break_glass' THEN 'Nödöppning' ELSE 'Vård och behandling' END AS purpose
FROM acts
