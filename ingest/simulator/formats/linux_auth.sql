-- format:   OpenSSH 9.2, sudo 1.9 and cron with PAM on Debian, RFC 3164 in local time
-- verbs:    ssh, ssh_end, sudo, cron, useradd
WITH placed AS (
  SELECT *, strftime(local, '%b ') || lpad(strftime(local, '%-d'), 2, ' ') || strftime(local, ' %H:%M:%S') || ' lin0' || (r % 6 + 1) || ' ' AS head, 1000 + n % 60000 AS pid FROM acts)
SELECT n,
       head || CASE verb
         WHEN 'ssh' THEN 'sshd[' || pid || ']: ' || CASE WHEN ok THEN 'Accepted publickey for ' ELSE 'Failed password for ' END || sam || ' from ' || ip || ' port ' || (40000 + r % 20000) || ' ssh2'
                         || CASE WHEN ok THEN ': ED25519 SHA256:' || left(replace(md5('key' || who), '0', 'A'), 32) || 'abcdefghijk' ELSE '' END
         WHEN 'ssh_end' THEN 'sshd[' || pid || ']: pam_unix(sshd:session): session closed for user ' || sam
         WHEN 'sudo' THEN 'sudo: ' || lpad(sam, 8, ' ') || ' : ' || CASE WHEN ok THEN '' ELSE '3 incorrect password attempts ; ' END || 'TTY=pts/' || r % 9 || ' ; PWD=/home/' || sam || ' ; USER=root ; COMMAND='
                          || ['/usr/bin/systemctl restart nginx', '/usr/bin/apt-get update', '/usr/bin/less /var/log/syslog', '/usr/bin/journalctl -u postgresql'][r % 4 + 1]
         WHEN 'cron' THEN 'CRON[' || pid || ']: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)'
         ELSE 'useradd[' || pid || ']: new user: name=' || extra || ', UID=' || (1500 + r % 500) || ', GID=' || (1500 + r % 500) || ', home=/home/' || extra || ', shell=/bin/bash, from=/dev/pts/0' END AS line,
       CASE verb WHEN 'cron' THEN 'root' WHEN 'useradd' THEN NULL ELSE sam END AS actor_account,
       MAP {'ssh': 'login', 'ssh_end': 'logout', 'sudo': 'execute', 'cron': 'login', 'useradd': 'account_create'}[verb] AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       CASE verb WHEN 'sudo' THEN 'root' WHEN 'useradd' THEN extra END AS target_account,
       CASE verb WHEN 'ssh' THEN ip END AS src_ip
FROM placed
