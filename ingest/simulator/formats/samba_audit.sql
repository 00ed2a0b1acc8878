-- format:   Samba 4.19 vfs_full_audit in syslog (RFC 3164, local time), prefix %u|%I|%m|%S
-- verbs:    read, write, list, rename, unlink
SELECT n,
       strftime(local, '%b ') || lpad(strftime(local, '%-d'), 2, ' ') || strftime(local, ' %H:%M:%S') || ' skolfs01 smbd_audit[' || (2000 + who % 6000) || ']: ' || sam || '|' || ip || '|' || lower(computer) || '|elevdata|'
       || CASE verb WHEN 'read' THEN 'openat|' WHEN 'write' THEN 'openat|' WHEN 'list' THEN 'opendir|' WHEN 'rename' THEN 'renameat|' ELSE 'unlinkat|' END
       || CASE WHEN ok THEN 'ok' ELSE 'fail (Permission denied)' END || '|'
       || CASE verb WHEN 'read' THEN 'r|' || thing_path WHEN 'write' THEN 'w|' || thing_path WHEN 'list' THEN regexp_replace(thing_path, '/[^/]*$', '')
                    WHEN 'rename' THEN thing_path || '|' || thing_path || '.gammal' ELSE thing_path END AS line,
       sam AS actor_account,
       MAP {'read': 'read', 'write': 'update', 'list': 'search', 'rename': 'update', 'unlink': 'delete'}[verb] AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       CASE verb WHEN 'list' THEN regexp_replace(thing_path, '/[^/]*$', '') ELSE thing_path END AS object_path,
       ip AS src_ip,
       lower(computer) AS src_host,
       CASE WHEN NOT ok THEN 'attempt' WHEN verb IN ('rename', 'unlink') THEN 'content' ELSE 'possible' END AS proves,
       CASE verb WHEN 'list' THEN 'folder' ELSE 'file' END AS object_type
FROM acts
