-- format:   IIS 10, W3C extended, the default fields; UTC
-- verbs:    page
SELECT n,
       strftime(utc, '%Y-%m-%d %H:%M:%S') || ' 10.10.1.80 GET ' || thing_path || ' - 443 AVIKEN\' || sam || ' ' || ip || ' ' || replace(agent, ' ', '+')
       || ' https://intranat.aviken.example/ ' || CASE WHEN ok THEN '200 0 0 ' ELSE '404 0 2 ' END || (r % 400 + 3) AS line,
       sam AS actor_account,
       'AVIKEN' AS actor_domain,
       'read' AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       thing_path AS object_path,
       ip AS src_ip,
       CASE WHEN ok THEN 'content' ELSE 'attempt' END AS proves,
       'url' AS object_type
FROM acts
