-- CEF: four extension keys.
SELECT position, make_timestamptz(try_cast(v.rt AS BIGINT) * 1000) AS time, v.suser AS actor_account, v.src AS src_ip,
       CASE v.act WHEN 'read' THEN 'read' WHEN 'update' THEN 'update' ELSE 'other' END AS action,
       'unknown' AS outcome, 'possible' AS proves
FROM (SELECT position, regexp_extract(record, '\brt=(\d+) src=(\S+) suser=(\S+) act=(\S+)', ['rt', 'src', 'suser', 'act']) AS v
      FROM raw)
