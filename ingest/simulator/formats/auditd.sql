-- format:   auditd 3.0 on Debian: SYSCALL, CWD, PATH, PROCTITLE (EXECVE for exec) and EOE under one serial
-- verbs:    open, exec; daemon_end and daemon_start, which are one line of their own
WITH stamped AS (
  SELECT *, 'msg=audit(' || epoch_ms(utc) // 1000 || '.' || lpad((epoch_ms(utc) % 1000)::VARCHAR, 3, '0') || ':' || (10000 + n % 1000000000) || '): ' AS head,
         ['/var/lib/postgresql/15/main/pg_hba.conf', '/var/lib/postgresql/15/main/base/16384/2619', '/etc/postgresql/15/main/postgresql.conf', '/var/backups/kvarnen.dump'][r % 4 + 1] AS path,
         1100 + who AS uid
  FROM acts)
SELECT n,
       CASE verb
         WHEN 'daemon_end' THEN 'type=DAEMON_END ' || head || 'op=terminate auid=' || uid || ' uid=0 ses=' || (r % 300 + 1) || ' pid=1 subj=unconfined res=success' || chr(29) || 'AUID="' || sam || '" UID="root"'
         WHEN 'daemon_start' THEN 'type=DAEMON_START ' || head || 'op=start ver=3.0 format=enriched kernel=5.10.0 auid=' || uid || ' pid=' || (2000 + r % 9000) || ' uid=0 ses=' || (r % 300 + 1) || ' subj=unconfined res=success' || chr(29) || 'AUID="' || sam || '" UID="root"'
         ELSE 'type=SYSCALL ' || head || 'arch=c000003e syscall=' || CASE verb WHEN 'open' THEN 257 ELSE 59 END || ' success=' || CASE WHEN ok THEN 'yes exit=3' ELSE 'no exit=-13' END
       || ' a0=ffffff9c a1=7ffd0000 a2=0 a3=0 items=1 ppid=' || (900 + r % 90) || ' pid=' || (2000 + r % 9000) || ' auid=' || uid || ' uid=' || uid || ' gid=' || uid || ' euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses='
       || (r % 300 + 1) || ' comm="' || CASE verb WHEN 'open' THEN 'less' ELSE 'cat' END || '" exe="/usr/bin/' || CASE verb WHEN 'open' THEN 'less' ELSE 'cat' END || '" key="kvarnen"'
       || chr(29) || 'ARCH=x86_64 SYSCALL=' || CASE verb WHEN 'open' THEN 'openat' ELSE 'execve' END || ' AUID="' || sam || '" UID="' || sam || '" GID="' || sam || '" EUID="root" SUID="root" FSUID="root" EGID="root" SGID="root" FSGID="root"'
       || CASE verb WHEN 'exec' THEN E'\ntype=EXECVE ' || head || 'argc=2 a0="cat" a1="' || path || '"' ELSE '' END
       || E'\ntype=CWD ' || head || 'cwd="/root"'
       || E'\ntype=PATH ' || head || 'item=0 name="' || CASE verb WHEN 'open' THEN path ELSE '/usr/bin/cat' END || '" inode=' || (100000 + r % 4) || ' dev=fe:01 mode=0100600 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0'
       || chr(29) || 'OUID="root" OGID="root"'
       || E'\ntype=EOE ' || head END AS line,
       sam AS actor_account,
       MAP {'open': 'read', 'exec': 'execute', 'daemon_end': 'log_clear', 'daemon_start': 'other'}[verb] AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       CASE verb WHEN 'open' THEN path WHEN 'exec' THEN 'cat ' || path END AS object_path
FROM stamped
