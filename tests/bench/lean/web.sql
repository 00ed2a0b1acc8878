-- Combined access lines: client, account, time, method, path, status, user agent.
SELECT position, timezone('UTC', try_strptime(v.clock, '%d/%b/%Y:%H:%M:%S')) - INTERVAL 1 HOUR AS time, nullif(v.account, '-') AS actor_account,
       v.ip AS src_ip, v.path AS object_path, v.agent AS user_agent,
       CASE v.method WHEN 'GET' THEN 'read' WHEN 'PUT' THEN 'update' ELSE 'other' END AS action,
       CASE WHEN v.status < '400' THEN 'success' ELSE 'failure' END AS outcome, 'content' AS proves
FROM (SELECT position, regexp_extract(record, '^(\S+) \S+ (\S+) \[(\S+) \+0100\] "(\w+) (\S+) [^"]*" (\d+) \S+ "[^"]*" "([^"]*)"',
                                      ['ip', 'account', 'clock', 'method', 'path', 'status', 'agent']) AS v FROM raw)
