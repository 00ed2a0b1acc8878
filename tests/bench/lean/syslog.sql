-- sshd behind RFC 5424: time, host, process, verb, account, address, port.
SELECT position, try_cast(v.clock AS TIMESTAMPTZ) AS time, v.host AS src_host, v.pid AS session, v.account AS actor_account,
       v.ip AS src_ip, try_cast(v.port AS INTEGER) AS src_port, 'login' AS action,
       CASE v.verb WHEN 'Accepted' THEN 'success' ELSE 'failure' END AS outcome, 'possible' AS proves
FROM (SELECT position, regexp_extract(record, '^<\d+>1 (\S+) (\S+) \S+ (\S+) \S+ \S+ (\w+) \w+ for (\S+) from (\S+) port (\d+)',
                                      ['clock', 'host', 'pid', 'verb', 'account', 'ip', 'port']) AS v FROM raw)
