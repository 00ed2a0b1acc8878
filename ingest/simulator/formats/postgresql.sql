-- format:   PostgreSQL 15 csvlog with pgaudit 1.7 (session logging), log_timezone Europe/Stockholm
-- verbs:    connect, select, update (pgaudit has no word about the result)
WITH placed AS (
  SELECT *, strftime(local, '%Y-%m-%d %H:%M:%S.%g ') || CASE utc_offset WHEN '+0100' THEN 'CET' ELSE 'CEST' END AS clock, 3000 + who % 900 AS pid,
         ['arende', 'handling', 'beslut', 'anteckning'][r % 4 + 1] AS relation, printf('%x.%x', (epoch_us(utc) // 86400000000) * 864, 3000 + who % 900) AS session
  FROM acts)
SELECT n,
       clock || ',"' || sam || '","kvarnen",' || pid || ',"' || ip || ':' || (40000 + r % 20000) || '",' || session || ',' || (r % 900 + 1) || ',"'
       || CASE verb WHEN 'connect' THEN 'authentication' WHEN 'select' THEN 'SELECT' ELSE 'UPDATE' END || '",' || strftime(local, '%Y-%m-%d 00:00:01 ')
       || CASE utc_offset WHEN '+0100' THEN 'CET' ELSE 'CEST' END || ',' || (r % 90 + 1) || '/' || (r % 7000) || ',0,'
       || CASE verb WHEN 'connect' THEN CASE WHEN ok THEN 'LOG,00000,"connection authorized: user=' || sam || ' database=kvarnen application_name=psql"' ELSE 'FATAL,28P01,"password authentication failed for user ""' || sam || '"""' END
                    ELSE 'LOG,00000,"AUDIT: SESSION,' || (r % 90 + 1) || ',1,' || CASE verb WHEN 'select' THEN 'READ,SELECT' ELSE 'WRITE,UPDATE' END || ',TABLE,public.' || relation || ',""'
                         || CASE verb WHEN 'select' THEN 'SELECT * FROM ' || relation || ' WHERE uppdaterad > now() - interval ''5 minutes''' ELSE 'UPDATE ' || relation || ' SET synkad = true WHERE id = ' || (r % 90000) END
                         || '"",<none>"' END
       || ',,,,,,,,,"psql","client backend",,0' AS line,
       sam AS actor_account,
       MAP {'connect': 'login', 'select': 'read', 'update': 'update'}[verb] AS action,
       CASE WHEN verb <> 'connect' THEN 'unknown' WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       ip AS src_ip
FROM placed
