-- mapping:  linux_auth
-- reads:    what sshd, sudo, su, PAM, login, cron, logind, useradd and their like write through syslog: RFC 3164, RFC 5424, ISO times
--           in place of the RFC 3164 ones, journald's JSON and its short forms, a forwarder's JSON with the line in it, what Elastic took
--           apart (system.auth), sudo's own JSON, and bare messages
-- source:   OpenSSH auth.c, auth2.c, sshd.c, packet.c, sftp-server.c; Linux-PAM pam_unix, pam_faillock, pam_sss; sudo.ws "sudoers" manual,
--           section Event logging; shadow and util-linux source; systemd.journal-fields(7); RFC 3164, RFC 5424
-- decoders: ndjson, lines
-- proved:   OpenSSH 9.2p1, sudo 1.9.13p3, Linux-PAM 1.5.2, shadow 4.13, util-linux 2.38, cron 3.0pl1, vsftpd 3.0.3, systemd 252, rsyslog 8.2302;
--           klogind, ftpd, xinetd, logind sessions, pam_winbind, system.auth, polkit, pkexec, doas, dropbear, dovecot, postfix: from documentation
-- traps:    a user name may hold blanks or be empty; `rhost` and `from` may be a host name; the su and sudo lines of PAM name the invoker in
--           ruser; "by LOGIN(uid=0)" names no account; a message that no rule knows is `other` with the whole text in details;
--           sftp-server logs `open` before it knows the answer (outcome unknown), `close` says what was read and written
WITH unwrapped AS (
  SELECT position, reference, record AS whole,
         CASE WHEN starts_with(record, '{"') AND regexp_matches(record, '^\{.*"(_source|result)"\s*:\s*\{')
              THEN coalesce(TRY(json_extract(record, '$._source')), TRY(json_extract(record, '$.result')))::VARCHAR ELSE record END AS record
  FROM (SELECT position, reference, fluentd_object(record) AS record FROM raw)),
opened AS (
  -- Two structures: names of DuckDB's fields do not tell MESSAGE from message.
  SELECT position, whole, record, reference,
         CASE WHEN starts_with(ltrim(record), '{')
              THEN TRY(from_json(record, '{"MESSAGE":"VARCHAR","SYSLOG_IDENTIFIER":"VARCHAR","_COMM":"VARCHAR","SYSLOG_PID":"VARCHAR","_PID":"VARCHAR","__REALTIME_TIMESTAMP":"VARCHAR","_SOURCE_REALTIME_TIMESTAMP":"VARCHAR","__CURSOR":"VARCHAR","ISODATE":"VARCHAR","DATE":"VARCHAR","EventTime":"VARCHAR","PROGRAM":"VARCHAR","SourceName":"VARCHAR","PID":"VARCHAR","ProcessID":"VARCHAR","SyslogMessage":"VARCHAR","ProcessName":"VARCHAR","_raw":"VARCHAR","_time":"VARCHAR"}')) END AS j,
         CASE WHEN starts_with(ltrim(record), '{')
              THEN TRY(from_json(record, '{"message":"VARCHAR","msg":"VARCHAR","short_message":"VARCHAR","log":"VARCHAR","event":"VARCHAR","@timestamp":"VARCHAR","timestamp":"VARCHAR","time":"VARCHAR","timereported":"VARCHAR","date":"VARCHAR","process":"VARCHAR","ident":"VARCHAR","programname":"VARCHAR","appname":"VARCHAR","app-name":"VARCHAR","program":"VARCHAR","pid":"VARCHAR","procid":"VARCHAR","syslog":"VARCHAR","journald":"VARCHAR","event.original":"VARCHAR","full_log":"VARCHAR"}')) END AS l,
         -- What Elastic took apart, where the line itself wasn't kept.
         CASE WHEN starts_with(ltrim(record), '{') AND regexp_matches(record, '"system\.auth\.|"auth" ?: ?\{')
              THEN TRY(from_json(record, '{"system":{"auth":{"ssh":{"event":"VARCHAR","method":"VARCHAR"},"sudo":{"error":"VARCHAR","tty":"VARCHAR","pwd":"VARCHAR","user":"VARCHAR","command":"VARCHAR"}}},"user":{"name":"VARCHAR","id":"VARCHAR"},"group":{"name":"VARCHAR"},"source":{"ip":"VARCHAR","address":"VARCHAR","port":"VARCHAR"},"event":{"action":"VARCHAR"},"system.auth.ssh.event":"VARCHAR","system.auth.ssh.method":"VARCHAR","system.auth.sudo.error":"VARCHAR","system.auth.sudo.tty":"VARCHAR","system.auth.sudo.pwd":"VARCHAR","system.auth.sudo.user":"VARCHAR","system.auth.sudo.command":"VARCHAR","user.name":"VARCHAR","group.name":"VARCHAR","source.ip":"VARCHAR","source.address":"VARCHAR","source.port":"VARCHAR","event.action":"VARCHAR"}')) END AS x
  FROM unwrapped),
elastic AS (
  SELECT * EXCLUDE (x), CASE WHEN x IS NOT NULL THEN {'event': coalesce(x.system.auth.ssh.event, x."system.auth.ssh.event"), 'method': coalesce(x.system.auth.ssh.method, x."system.auth.ssh.method", 'password'),
           'user': coalesce(x."user".name, x."user.name", ''), 'group': coalesce(x."group".name, x."group.name"), 'action': coalesce(x.event.action, x."event.action"),
           'from': coalesce(' from ' || coalesce(x.source.ip, x."source.ip", x.source.address, x."source.address"), '') || coalesce(' port ' || coalesce(x.source.port, x."source.port"), ''),
           'sudo': coalesce(x.system.auth.sudo, {'error': x."system.auth.sudo.error", 'tty': x."system.auth.sudo.tty", 'pwd': x."system.auth.sudo.pwd", 'user': x."system.auth.sudo.user", 'command': x."system.auth.sudo.command"})} END AS x
  FROM opened),
told AS (
  -- journald writes a message that isn't UTF-8 text as an array of byte values.
  SELECT position, whole, record, reference, j IS NOT NULL AS json,
         CASE WHEN j IS NULL THEN record
              WHEN j.MESSAGE LIKE '[%' AND regexp_full_match(j.MESSAGE, '\[[0-9, ]*\]')
              THEN coalesce(TRY(decode(unhex(array_to_string(list_transform(from_json(j.MESSAGE, '["UTINYINT"]'), lambda b: printf('%02x', b)), '')))),
                            TRY(array_to_string(list_transform(from_json(j.MESSAGE, '["UTINYINT"]'), lambda b: chr(b)), '')))
              ELSE coalesce(j.MESSAGE, l.message, record ->> '$.Message', l.msg, l.short_message, CASE WHEN l.event LIKE '{%' THEN l.event ->> '$.original' END, l."event.original",
                            j.SyslogMessage, j."_raw", CASE WHEN l.log NOT LIKE '{%' THEN l.log END, l.full_log,
                            -- As the sentence that they were taken from.
                            CASE WHEN x.event = 'Invalid' THEN 'Invalid user ' || x.user || x."from"
                                 WHEN x.event IN ('Accepted', 'Failed') THEN concat(x.event, ' ', x.method, ' for ', x.user, x."from")
                                 WHEN x.sudo.command IS NOT NULL
                                 THEN concat(x.user, ' : ', x.sudo.error || ' ; ', 'TTY=' || x.sudo.tty || ' ; ', 'PWD=' || x.sudo.pwd || ' ; ', 'USER=', x.sudo.user, ' ; COMMAND=', x.sudo.command)
                                 WHEN x.action = 'added-user-account' THEN concat('new user: name=', x.user, ', ')
                                 WHEN x.action = 'added-group-account' THEN concat('new group: name=', x."group", ', ') END) END AS said,
         -- Elastic's own names: {"process":{"name":…,"pid":…}}, and journald's, nested.
         coalesce(j.SYSLOG_IDENTIFIER, l.ident, l.programname, l.appname, l."app-name", l.program, j."PROGRAM", j.SourceName, j.ProcessName,
                  CASE WHEN l.process LIKE '{%' THEN l.process ->> '$.name' ELSE l.process END,
                  CASE WHEN l.syslog LIKE '{%' THEN coalesce(l.syslog ->> '$.identifier', l.syslog ->> '$.appname') END, j."_COMM") AS json_app,
         coalesce(j.SYSLOG_PID, j."_PID", l.pid, l.procid, j."PID", j.ProcessID, CASE WHEN l.process LIKE '{%' THEN l.process ->> '$.pid' END,
                  CASE WHEN l.journald LIKE '{%' THEN l.journald ->> '$.pid' END) AS json_pid,
         coalesce(j."_SOURCE_REALTIME_TIMESTAMP", j."__REALTIME_TIMESTAMP", l."@timestamp", l.timestamp, l.time, j."ISODATE", j."EventTime",
                  l.timereported, j."DATE", l.date, j."_time") AS json_clock,
         j."__CURSOR" AS cursor, CASE WHEN l.event LIKE '{%' THEN l.event ->> '$.timezone' END AS json_zone
  FROM elastic),
framed AS (
  SELECT *,
         -- The commonest shape first, by an expression that never has to look back (measured: a third of the time of the general one).
         CASE WHEN regexp_matches(said, '^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [A-Za-z0-9][\w.-]* [A-Za-z][\w./-]*(?:\[\d+\])?: (?:[^ \[]|\[[^I])')
              THEN regexp_extract(said, '^()([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ([A-Za-z0-9][\w.-]*) ([A-Za-z][\w./-]*)()(?:\[(\d+)\])?: ()()(?s:(.*))$',
                                  ['pri', 'clock', 'host', 'app', 'module', 'pid', 'msgid', 'sd', 'message'])
              WHEN regexp_matches(said, '^(?:(?:\d{1,5} )?<\d{1,3}>)?1 (?:-|\d{4}-\d\d-\d\dT\S+) ')
              THEN regexp_extract(said, '^(?:(?:\d{1,5} )?<(\d{1,3})>)?1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)()(?: \x{FEFF}?(?s:(.*))| *)$',
                                  ['pri', 'clock', 'host', 'app', 'pid', 'msgid', 'sd', 'module', 'message'])
              WHEN regexp_matches(said, '^(?:<\d{1,3}>)?\s?(?:\d{4} )?(?:[\pL]{3},? )?(?:[\pL]{3} {1,2}\d{1,2} |\d{4}-\d\d-\d\d[T ]\d\d:|\d{10}\.\d{3})')
              THEN regexp_extract(said, '^(?:<(\d{1,3})>)?\s?(?:[\pL]{3},? )?((?:\d{4} )?[\pL]{3} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:[.,]\d+)?(?: \d{4})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d|UTC|GMT|CEST|CET))?|\d{10}\.\d{3,9}):?\s+(?:([^\s\[(:](?:\S*[^\s:\]])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+[0-9A-Fa-f])\s+)?(?:[a-z0-9]+(?:\|[a-z]+:|\.)[a-z]+ )?(?:Message forwarded from \S+ )?(?:(?:-- )?(\(?[^\s:\[\]()]+\)?)(?:\(([^)]*)\))?\]?(?:\[(\d+)\]:\s?|:(?:\s|$)))?()()(?:\[ID \d+ \S+\] )?(?s:(.*))$',
                                  ['pri', 'clock', 'host', 'app', 'module', 'pid', 'msgid', 'sd', 'message'])
              ELSE regexp_extract(said, '^(?:<(\d{1,3})>)?()()(?:([\w./-]+)(?:\((pam_\w+)\))?(?:\[(\d+)\]: |: ))?()()(?s:(.*))$',
                                  ['pri', 'clock', 'host', 'app', 'module', 'pid', 'msgid', 'sd', 'message']) END AS e
  FROM told),
named AS (
  SELECT *, nullif(nullif(e.clock, '-'), '') AS clock,
         -- A word and a colon at the start of a bare message is a program only if we know it as one ("fatal:", "error:" are not).
         e.clock = '' AND e.pid = '' AND e.app <> '' AND NOT regexp_full_match(e.app, '(?i)(.*/)?(sshd|sshd-session|sudo|su|login|cron|crond|crontab|passwd|chpasswd|chage|chfn|chsh|user(add|mod|del)|group(add|mod|del)|gpasswd|systemd|systemd-logind|vsftpd|ftpd|dovecot|pkexec|polkitd|kernel|gdm.*)') AS no_app
  FROM framed),
spoken AS (
  SELECT * EXCLUDE (e, clock), e, clock,
         coalesce(CASE WHEN NOT no_app THEN nullif(nullif(e.app, '-'), '') END, json_app) AS app, coalesce(nullif(nullif(e.pid, '-'), ''), json_pid) AS pid,
         CASE WHEN no_app THEN e.app || ': ' || e.message ELSE e.message END AS message
  FROM named),
stripped AS (
  SELECT *, CASE WHEN starts_with(message, 'message repeated ') THEN regexp_replace(message, '(?s)^message repeated \d+ times: \[ ?(.*?)\]?$', '\1')
              WHEN starts_with(message, '@cee:') AND contains(message, '"submituser"') THEN coalesce(TRY(list_transform(list_filter(json_extract(message[6:], ['$.sudo.accept', '$.sudo.reject', '$.sudo.alert']), lambda a: a IS NOT NULL),
                lambda a: concat(a ->> '$.submituser', ' : ', (a ->> '$.reason') || ' ; ', 'TTY=' || (a ->> '$.ttyname') || ' ; ', 'PWD=' || (a ->> '$.submitcwd') || ' ; ', 'USER=', a ->> '$.runuser', ' ; COMMAND=',
                                 array_to_string([a ->> '$.command'] || (a ->> '$.runargv[*]')[2:], ' ')))[1]), message)
              WHEN starts_with(message, ':') THEN regexp_replace(message, '^:\d+\[\d+\]: ', '')  -- KDM's display and process
              ELSE message END AS m
  FROM spoken),
pam AS (
  SELECT *, CASE WHEN starts_with(m, 'pam_') OR starts_with(m, 'PAM-') OR starts_with(m, '(pam_')
                 THEN regexp_extract(m, '^\(?((?:pam_|PAM-)\w+)(?:\(([^:)]*):?([^)]*)\):|\)|\[\d+\]:) *(?s:(.*))$', ['module', 'service', 'phase', 'text'])
                 ELSE {'module': '', 'service': '', 'phase': '', 'text': ''} END AS mod
  FROM stripped),
said AS (
  SELECT *, lower(coalesce(nullif(mod.service, ''), regexp_extract(app, '[^/]+$'))) AS service, nullif(mod.phase, '') AS phase,
         rtrim(CASE WHEN mod.module <> '' THEN mod.text
                    WHEN starts_with(m, 'error: ') OR starts_with(m, 'fatal: ') OR starts_with(m, 'info: ') THEN regexp_replace(m, '^(error|fatal|info): (PAM: )?', '')
                    ELSE ltrim(m) END) AS text
  FROM pam),
kinds AS (
  SELECT *, CASE
    WHEN starts_with(text, 'Failed ') AND text LIKE '% for % from %' THEN 'failed'
    WHEN starts_with(text, 'Accepted ') AND text LIKE '% for % from %' THEN 'accepted'
    WHEN starts_with(text, 'session opened for local user ') OR starts_with(text, 'session closed for local user ') THEN 'sftp session'
    WHEN starts_with(text, 'session opened for user ') THEN 'session opened'
    WHEN starts_with(text, 'session closed for user ') THEN 'session closed'
    WHEN starts_with(text, 'authentication failure;') OR starts_with(text, 'authentication success;') OR text LIKE 'PAM % more authentication failure%; logname=%'
      OR text LIKE '% more authentication failure%; logname=%' THEN 'pam result'
    WHEN starts_with(text, 'check pass; user unknown') OR starts_with(text, 'Couldn''t authenticate user') OR (mod.module = 'pam_faillock' AND text = 'User unknown') THEN 'unknown user'
    WHEN starts_with(text, 'Invalid user ') OR starts_with(text, 'Illegal user ') THEN 'invalid user'
    WHEN starts_with(text, 'input_userauth_request: invalid user ') OR starts_with(text, 'input_userauth_request: illegal user ') THEN 'userauth request'
    WHEN starts_with(text, 'Received disconnect from ') THEN 'received disconnect'
    WHEN starts_with(text, 'Connection closed by ') OR starts_with(text, 'Connection reset by ') OR starts_with(text, 'Disconnected from ') THEN 'closed'
    WHEN starts_with(text, 'Disconnecting: Too many authentication failures for ') THEN 'too many'
    WHEN starts_with(text, 'Disconnecting ') AND text LIKE '% port %' THEN 'disconnecting'
    WHEN starts_with(text, 'maximum authentication attempts exceeded for ') THEN 'max attempts'
    WHEN starts_with(text, 'reverse mapping checking getaddrinfo for ') OR (starts_with(text, 'Address ') AND text LIKE '% maps to %') THEN 'reverse'
    WHEN starts_with(text, 'Did not receive identification string from ') THEN 'address'
    WHEN starts_with(text, 'Postponed ') OR starts_with(text, 'Partial ') THEN 'postponed'
    WHEN starts_with(text, 'User ') AND text LIKE '% not allowed because %' THEN 'not allowed'
    WHEN starts_with(text, 'ROOT LOGIN REFUSED FROM ') THEN 'root refused'
    WHEN starts_with(text, 'Authentication tried for ') THEN 'wrong host'
    WHEN starts_with(text, 'Authentication failure for ') OR starts_with(text, 'User not known to the underlying authentication module for ')
      OR text LIKE 'Authentication % for % from %' OR text LIKE 'User account has expired for % from %' OR text LIKE 'Permission denied for % from %' THEN 'pam denied'
    WHEN starts_with(text, 'Access denied for user ') THEN 'access denied'
    WHEN starts_with(text, 'Starting session: ') OR starts_with(text, 'Close session: user ') THEN 'ssh session'
    WHEN starts_with(text, 'subsystem request for ') THEN 'subsystem'
    WHEN starts_with(text, 'Connection from ') OR starts_with(text, 'Closing connection to ') THEN 'connection from'
    WHEN text LIKE 'connection from %' OR text LIKE 'connect from %' OR text LIKE 'disconnect from %' OR text LIKE 'refused connect from %' OR text LIKE 'lost connection to %' THEN 'connect from'
    -- Two kinds of program share the ` : ` after a name; sudo's has a fixed tail.
    WHEN text LIKE '% : %COMMAND=%' AND text LIKE '%USER=%' THEN 'sudo'
    WHEN service = 'sudo' AND text LIKE '% : %' THEN 'sudo other'
    WHEN starts_with(text, '(to ') OR starts_with(text, 'FAILED SU (to ') THEN 'su util-linux'
    WHEN text LIKE 'Successful su for % by %' OR text LIKE 'FAILED su for % by %' THEN 'su shadow'
    WHEN service = 'su' AND regexp_matches(text, '^[+-] \S+ \S+[:-]\S+$') THEN 'su old'
    WHEN starts_with(text, '''su ') AND regexp_matches(text, '^''su \S+'' (succeeded|failed) for ') THEN 'su solaris'
    WHEN starts_with(text, 'BAD SU ') OR (service = 'su' AND text LIKE '% to % on /dev/%') THEN 'su bsd'
    WHEN text LIKE '%: Executing command [USER=%' OR text LIKE '%: Error executing command as another user: %' THEN 'pkexec'
    WHEN service = 'doas' AND (text LIKE '% ran command % as %' OR text LIKE '% command not permitted for %' OR text LIKE 'failed % for %' OR text LIKE '% tried %') THEN 'doas'
    WHEN text LIKE '%to gain %authorization for action %' THEN 'polkit'
    WHEN text LIKE 'New session % of user %' OR text LIKE 'Started Session % of %ser %' OR text LIKE 'Started session-%.scope - Session % of User %' THEN 'logind new'
    WHEN text LIKE 'Session % logged out%' OR text LIKE 'Removed session %' THEN 'logind end'
    WHEN starts_with(text, '(') AND regexp_matches(text, '^\([^)]*\) [A-Z]{2}') THEN 'cron'
    WHEN starts_with(text, 'new user: ') OR starts_with(text, 'new group: ') OR starts_with(text, 'group added to ') THEN 'added'
    WHEN starts_with(text, 'failed adding ') THEN 'failed adding'
    WHEN starts_with(text, 'delete user ') THEN 'user deleted'
    WHEN starts_with(text, 'removed group ') OR starts_with(text, 'removed shadow group ') OR (starts_with(text, 'group ''') AND text LIKE '%'' removed%') OR starts_with(text, 'remove group ') THEN 'group deleted'
    WHEN regexp_matches(text, '^(add|delete) ''.*'' (to|from) (shadow )?group ') THEN 'member'
    WHEN regexp_matches(text, '^user .* (added|removed) by .* (to|from) group ') THEN 'gpasswd member'
    WHEN regexp_matches(text, '^(administrators|members) of group .* set by ') THEN 'gpasswd list'
    WHEN starts_with(text, 'change user ') THEN 'user changed'
    WHEN regexp_matches(text, '^(un)?lock user ''.*'' password') THEN 'user lock'
    WHEN starts_with(text, 'group changed in ') THEN 'group changed'
    WHEN starts_with(text, 'password for ') AND text LIKE '% changed by %' THEN 'passwd by'
    WHEN starts_with(text, 'password changed for ') OR starts_with(text, 'changed password expiry for ') THEN 'passwd'
    WHEN starts_with(text, 'changed user ') THEN 'chfn'
    WHEN starts_with(text, 'password of group ') THEN 'group password'
    WHEN text LIKE '%ROOT LOGIN %ON %' OR text LIKE 'ROOT LOGIN  on %' THEN 'root login'
    WHEN text LIKE '%FAILED LOGIN %FOR %' OR starts_with(text, 'TOO MANY LOGIN TRIES ') THEN 'failed login'
    WHEN starts_with(text, 'LOGIN ON ') OR starts_with(text, 'DIALUP AT ') THEN 'login on'
    WHEN starts_with(text, 'Authentication failed from ') THEN 'klogind'
    WHEN text LIKE '%FTP LOGIN %FROM %' THEN 'ftp login'
    WHEN regexp_matches(text, '^(START|EXIT|FAIL): \S+ ') THEN 'xinetd'
    WHEN starts_with(text, 'Received SNMP packet(s) from ') THEN 'address'
    WHEN regexp_matches(text, '^\S+@\S+ as \S+: cmd=''') THEN 'rshd'
    WHEN service LIKE '%sftp%' AND regexp_matches(text, '^(open|close|opendir|remove|rmdir|mkdir|set|lstat|(posix-)?rename|(sym|hard)?link|fset\w*|setstat) .*"') THEN 'sftp'
    WHEN regexp_matches(text, '^(\[pid \d+\] )?(\[[^\]]*\] )?(OK|FAIL) [A-Z]+: Client "') OR regexp_matches(text, '^(\[pid \d+\] )?CONNECT: Client "') THEN 'vsftpd'
    WHEN text LIKE '%-login: %user=<%' THEN 'dovecot'
    WHEN text LIKE '%SASL % authentication failed%' OR text LIKE '%sasl_username=%' THEN 'postfix'
    WHEN starts_with(text, 'do_auth') AND text LIKE '% auth failure: [user=%' THEN 'sasl'
    WHEN starts_with(text, 'password check failed for user (') THEN 'pam refused'
    WHEN text LIKE '% auth succeeded for ''%' OR text LIKE 'Bad %password attempt for ''%' OR starts_with(text, 'Login attempt for nonexistent user') THEN 'dropbear'
    WHEN mod.module = '' THEN CASE WHEN service LIKE 'sshd%' OR service IS NULL THEN 'sshd other' ELSE 'other' END
    WHEN text LIKE 'requirement "% not met by user "%' THEN 'pam requirement'
    WHEN starts_with(text, 'received for user ') THEN 'pam received'
    WHEN starts_with(text, 'expired password for user ') THEN 'pam expired'
    WHEN regexp_matches(text, '^Access (denied|granted) to ''.*'' for ''.*''$') THEN 'wheel'
    WHEN starts_with(text, 'authentication succeeds for ') OR starts_with(text, 'authentication fails for ') THEN 'pam krb5'
    WHEN starts_with(text, 'access denied for user ') OR starts_with(text, 'Refused user ') OR starts_with(text, 'bad username ') OR starts_with(text, 'error retrieving information about user ')
      OR starts_with(text, 'Invalid verification code for ') OR starts_with(text, 'Consecutive login failures for user ') OR text LIKE 'account % has expired%' OR text LIKE 'user % tally %, deny %' OR starts_with(text, 'auth could not identify password for ')
      OR text LIKE 'Access denied to user %' OR regexp_matches(text, '^user [''`].*'' (denied access|not found)') THEN 'pam refused'
    WHEN starts_with(text, 'request wbcLogonUser failed: ') OR text = 'conversation failed' THEN 'unknown user'
    WHEN regexp_matches(text, '^user ''?\S+''? granted access') THEN 'pam granted'
    ELSE 'other' END AS kind
  FROM said),
parsed AS (
  SELECT *, CASE kind
    WHEN 'failed' THEN regexp_extract(text, '^Failed (\S+) for (?:(?:invalid|illegal) user )?(?s:(.*)) from (\S+)(?: port (\d+))?()()()', ['word', 'actor', 'addr', 'port', 'target', 'object', 'more'])
    WHEN 'accepted' THEN regexp_extract(text, '^Accepted (\S+) for (?s:(.*)) from (\S+)(?: port (\d+))?()()()', ['word', 'actor', 'addr', 'port', 'target', 'object', 'more'])
    WHEN 'sftp session' THEN regexp_extract(text, '^session (opened|closed) for local user (.*) from \[([^\]]*)\]()()()()', ['word', 'actor', 'addr', 'port', 'target', 'object', 'more'])
    WHEN 'session opened' THEN regexp_extract(text, '^session opened for user (.*?)(?:\(uid=\d+\))?(?: by (?:LOGIN)?(.*?)(?:\(uid=(\d+)\))?)?$()()()()', ['target', 'actor', 'more', 'addr', 'port', 'object', 'word'])
    WHEN 'session closed' THEN regexp_extract(text, '^session closed for user (.*?)(?:\(uid=\d+\))?$()()()()()()', ['actor', 'target', 'addr', 'port', 'object', 'word', 'more'])
    WHEN 'pam result' THEN regexp_extract(text, '(failure|success)s?;(?:.*?logname=(\S*))?(?:.*? ruser=(.*?) rhost=(\S*))?(?:\s+user=(.*))?()()$', ['word', 'more', 'target', 'addr', 'actor', 'port', 'object'])
    WHEN 'invalid user' THEN regexp_extract(text, '^\w+ user (?:(?s:(.*)) )?from (\S+)(?: port (\d+))?()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'userauth request' THEN regexp_extract(text, '^input_userauth_request: \w+ user (.*?)(?: \[preauth\])?$()()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'received disconnect' THEN regexp_extract(text, '^Received disconnect from (\S+?)(?: port (\d+):|: )\s?\d+: ?(.*?)( \[preauth\])?$()()()', ['addr', 'port', 'more', 'word', 'actor', 'target', 'object'])
    WHEN 'closed' THEN regexp_extract(text, '^(?:Connection (?:closed|reset) by|Disconnected from) (?:(?:(authenticating|invalid) )?user (.*?) )?(\S+)(?: port (\d+))?( \[preauth\])?$()()', ['word', 'actor', 'addr', 'port', 'more', 'target', 'object'])
    WHEN 'too many' THEN regexp_extract(text, '^Disconnecting: Too many authentication failures for (?:invalid user )?(.*?)(?: from (\S+) port (\d+) ssh2)?(?: \[preauth\])?$()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'disconnecting' THEN regexp_extract(text, '^Disconnecting (?:(authenticating|invalid) )?(?:user (.*?) )?(\S+) port (\d+): (.*?)(?: \[preauth\])?$()()', ['word', 'actor', 'addr', 'port', 'more', 'target', 'object'])
    WHEN 'max attempts' THEN regexp_extract(text, '^maximum authentication attempts exceeded for (?:invalid user )?(?s:(.*)) from (\S+)(?: port (\d+))?()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'reverse' THEN regexp_extract(text, '^(?:reverse mapping checking getaddrinfo for (\S+) \[([^\]]*)\]|Address (\S+) maps to ([^\s,]+))()()()', ['object', 'addr', 'word', 'more', 'actor', 'target', 'port'])
    WHEN 'address' THEN regexp_extract(text, ' from (?:UDP: )?\[?([^\s\]]+)\]?(?: port (\d+))?()()()()()', ['addr', 'port', 'actor', 'target', 'object', 'word', 'more'])
    WHEN 'postponed' THEN regexp_extract(text, '^(\w+) (\S+) for (?:invalid user )?(?s:(.*)) from (\S+)(?: port (\d+))?()()', ['word', 'more', 'actor', 'addr', 'port', 'target', 'object'])
    WHEN 'not allowed' THEN regexp_extract(text, '^User (.*?)(?: from (\S+))? not allowed because (.*)$()()()()', ['actor', 'addr', 'more', 'port', 'target', 'object', 'word'])
    WHEN 'root refused' THEN regexp_extract(text, '^(ROOT) LOGIN REFUSED FROM (\S+)(?: port (\d+))?()()()()', ['word', 'addr', 'port', 'actor', 'target', 'object', 'more'])
    WHEN 'wrong host' THEN regexp_extract(text, '^Authentication tried for (.*) with correct key but not from a permitted host \(host=([^,]*), ip=([^),]*)()()()()', ['actor', 'object', 'addr', 'port', 'target', 'word', 'more'])
    WHEN 'pam denied' THEN regexp_extract(text, ' for (?:(?:illegal|invalid) user )?(.*) from (\S+)()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'access denied' THEN regexp_extract(text, '^Access denied for user (.*?)(?: by PAM account configuration.*|: \d+ \(.*\))$()()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'ssh session' THEN regexp_extract(text, '^(Starting|Close) session: (?:(.*) for |user )(.*) from (\S+) port (\d+)()()', ['word', 'object', 'actor', 'addr', 'port', 'target', 'more'])
    WHEN 'subsystem' THEN regexp_extract(text, '^subsystem request for (\S+) by user (.*?)( failed.*)?$()()()()', ['object', 'actor', 'word', 'addr', 'port', 'target', 'more'])
    WHEN 'connection from' THEN regexp_extract(text, '^(?:Connection from|Closing connection to) (?:UDP: )?(?:user (\S+) )?\[?([0-9A-Fa-f:.]*[0-9A-Fa-f]|\S+?)\]?(?: port |:)(\d+)()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'connect from' THEN regexp_extract(text, '^(refused connect|connect(?:ion)?|disconnect|lost connection) (?:from|to) (\S+?)(?: ?[\[(]([^\])]*)[\])])?(?::? port (\d+))?(?:[\s,;].*)?$()()()', ['word', 'addr', 'object', 'port', 'actor', 'target', 'more'])
    WHEN 'sudo' THEN regexp_extract(text, '^\s*(.*?) : (?:([^=;]*?) ; )?(?:HOST=\S+ ; )?(?:TTY=(.*?) ; )?(?:CHROOT=.*? ; )?(?:PWD=.*? ; )?USER=(.*?)(?: ; [A-Z]+=.*?)*? ; COMMAND=(?s:(.*))$()()', ['actor', 'word', 'more', 'target', 'object', 'addr', 'port'])
    WHEN 'sudo other' THEN regexp_extract(text, '^\s*(\S.*?) : (?s:(.*))$()()()()()', ['actor', 'word', 'target', 'object', 'addr', 'port', 'more'])
    WHEN 'su util-linux' THEN regexp_extract(text, '^(FAILED SU )?\(to (.*?)\) (.*) on (\S+)()()()', ['word', 'target', 'actor', 'more', 'addr', 'port', 'object'])
    WHEN 'su shadow' THEN regexp_extract(text, '^(FAILED|Successful) su for (.*) by (.*)$()()()()', ['word', 'target', 'actor', 'more', 'addr', 'port', 'object'])
    WHEN 'su old' THEN regexp_extract(text, '^([+-]) (\S+) (.+?)[:-]([^:-]+)$()()()', ['word', 'more', 'actor', 'target', 'addr', 'port', 'object'])
    WHEN 'su solaris' THEN regexp_extract(text, '^''su (.*)'' (\w+) for (\S+)()()()()', ['target', 'word', 'actor', 'more', 'addr', 'port', 'object'])
    WHEN 'su bsd' THEN regexp_extract(text, '^(BAD SU )?(\S+) to (\S+) on (\S+)()()()', ['word', 'actor', 'target', 'more', 'addr', 'port', 'object'])
    WHEN 'pkexec' THEN regexp_extract(text, '^(.*?): E\w+ (?:executing )?command( as another user: [^\[]*)? ?\[USER=([^\]]*)\] (?:.*?\[COMMAND=(.*)\])?()()()', ['actor', 'word', 'target', 'object', 'addr', 'port', 'more'])
    WHEN 'doas' THEN regexp_extract(text, '^(failed auth for |failed command for |command not permitted for )?(\S+)(?:: | ran command )?(.*?)(?: as (\S+) from .*)?$()()()', ['word', 'actor', 'object', 'target', 'addr', 'port', 'more'])
    WHEN 'polkit' THEN regexp_extract(text, '^(?:.*?successfully authenticated as unix-user:(\S+)|.*?(FAILED|failed) to authenticate)?.*? to gain (?:\S+ )?authorization for action (\S+)(?:.*owned by unix-user:([^)]*)\))?()()()', ['target', 'word', 'object', 'actor', 'addr', 'port', 'more'])
    WHEN 'logind new' THEN regexp_extract(text, '[Ss]ession ''?(\S+?)''? of [Uu]ser (?:''(.*)'' with class .*|(.*?)\.?)$()()()()', ['more', 'object', 'actor', 'target', 'addr', 'port', 'word'])
    WHEN 'logind end' THEN regexp_extract(text, '[Ss]ession (\S+?)(?: logged out.*|\.)$()()()()()()', ['more', 'actor', 'target', 'object', 'addr', 'port', 'word'])
    WHEN 'cron' THEN regexp_extract(text, '^\(([^)]*)\) ([A-Z]+(?: [A-Z]+)*)(?: \((?s:(.*))\))?$()()()()', ['actor', 'word', 'object', 'target', 'addr', 'port', 'more'])
    WHEN 'added' THEN regexp_extract(text, '^(?:(new user)|new group|group added to (\S+)): name=([^,]*)()()()()', ['word', 'object', 'target', 'actor', 'addr', 'port', 'more'])
    WHEN 'failed adding' THEN regexp_extract(text, '^failed adding (user|group) [''`]?([^'']*)''?()()()()()', ['word', 'target', 'object', 'actor', 'addr', 'port', 'more'])
    WHEN 'user deleted' THEN regexp_extract(text, '^delete user [''`]?([^'']*)()()()()()()', ['target', 'word', 'object', 'actor', 'addr', 'port', 'more'])
    WHEN 'group deleted' THEN regexp_extract(text, 'group [''`]([^'']*)''(?: removed from (\S+))?()()()()()', ['target', 'object', 'word', 'actor', 'addr', 'port', 'more'])
    WHEN 'member' THEN regexp_extract(text, '^(add|delete) ''(.*)'' (?:to|from) (?:shadow )?group ''(.*)''()()()()', ['word', 'target', 'more', 'object', 'actor', 'addr', 'port'])
    WHEN 'gpasswd member' THEN regexp_extract(text, '^user (.*) (added|removed) by (.*) (?:to|from) group (.*)$()()()', ['target', 'word', 'actor', 'more', 'object', 'addr', 'port'])
    WHEN 'gpasswd list' THEN regexp_extract(text, '^(\w+) of group (.*) set by (.*) to (.*)$()()()', ['word', 'more', 'actor', 'target', 'object', 'addr', 'port'])
    WHEN 'user changed' THEN regexp_extract(text, '^change user (?:name )?''(.*?)''(?: ([\w ]+?))?(?:(?: from ''(.*)'')? to ''(.*)'')?$()()()', ['target', 'word', 'object', 'more', 'actor', 'addr', 'port'])
    WHEN 'user lock' THEN regexp_extract(text, '^((?:un)?lock) user ''(.*)'' password()()()()()', ['word', 'target', 'object', 'more', 'actor', 'addr', 'port'])
    WHEN 'group changed' THEN regexp_extract(text, '^group changed in (\S+) \(group ([^/,)]*)(?:/\d+)?(?:, new name: ([^,)]*))?()()()()', ['object', 'target', 'more', 'word', 'actor', 'addr', 'port'])
    WHEN 'passwd by' THEN regexp_extract(text, '^password for ''?(.*?)''? changed by ''?(.*?)''?$()()()()()', ['target', 'actor', 'object', 'more', 'word', 'addr', 'port'])
    WHEN 'passwd' THEN regexp_extract(text, '^(?:password changed|changed password expiry) for (.*)$()()()()()()', ['target', 'actor', 'object', 'more', 'word', 'addr', 'port'])
    WHEN 'chfn' THEN regexp_extract(text, '^changed user ''?(.*?)''? (information|shell)(?: to ''(.*)'')?()()()()', ['target', 'word', 'more', 'actor', 'object', 'addr', 'port'])
    WHEN 'group password' THEN regexp_extract(text, '^password of group (.*) (changed|removed) by (.*)$()()()()', ['target', 'word', 'actor', 'more', 'object', 'addr', 'port'])
    WHEN 'root login' THEN regexp_extract(text, '(ROOT) LOGIN +(?i:on) (\S+)(?: (?i:from) ''?([^\s'']+))?()()()()', ['word', 'more', 'addr', 'actor', 'target', 'object', 'port'])
    WHEN 'failed login' THEN regexp_extract(text, '(?:FAILED LOGIN|TOO MANY LOGIN TRIES) (?:SESSION )?(?:\(?\d+\)? )?(?:on ''([^'']*)'' )?(?:(?:FROM|from) ''?([^\s'']+)''? )?FOR ''?(.*?)''?(?:, .*)?$()()()()', ['more', 'addr', 'actor', 'target', 'object', 'port', 'word'])
    WHEN 'login on' THEN regexp_extract(text, '^(?:LOGIN ON|DIALUP AT) (\S+) BY (.*?)(?: FROM (\S+))?$()()()()', ['more', 'actor', 'addr', 'target', 'object', 'port', 'word'])
    WHEN 'klogind' THEN regexp_extract(text, '^Authentication failed from (\S+)(?: \(([^)]*)\))?()()()()()', ['addr', 'object', 'actor', 'target', 'more', 'port', 'word'])
    WHEN 'ftp login' THEN regexp_extract(text, '(ANONYMOUS )?FTP LOGIN (REFUSED )?.*?FROM ([^\s,]+)(?: \[([^\]]*)\])?,? ?(.*)$()()', ['more', 'word', 'object', 'addr', 'actor', 'target', 'port'])
    WHEN 'xinetd' THEN regexp_extract(text, '^(START|EXIT|FAIL): (\S+)(?:.*?from=(\S+))?()()()()', ['word', 'object', 'addr', 'actor', 'target', 'more', 'port'])
    WHEN 'rshd' THEN regexp_extract(text, '^(\S+)@(\S+) as (\S+): cmd=''(.*)''$()()()', ['actor', 'addr', 'target', 'object', 'word', 'more', 'port'])
    WHEN 'sftp' THEN regexp_extract(text, '^([a-z-]+) (?:name |old )?"(.*?)"(?: new "(.*)")?(?: (?:flags|bytes) (\S+(?: \d+ written \d+)?).*| .*)?$()()()', ['word', 'object', 'target', 'more', 'addr', 'actor', 'port'])
    WHEN 'vsftpd' THEN regexp_extract(text, '^(?:\[pid \d+\] )?(?:\[([^\]]*)\] )?((?:(?:OK|FAIL) )?[A-Z]+): Client "([^"]*)"(?:, "(.*)")?()()()', ['actor', 'word', 'addr', 'object', 'target', 'more', 'port'])
    WHEN 'dovecot' THEN regexp_extract(text, '-login: (.*?)(?:: |, )?user=<([^>]*)>.*?rip=([^,\s]+)(?:.*session=<([^>]*)>)?()()()', ['word', 'actor', 'addr', 'more', 'target', 'object', 'port'])
    WHEN 'postfix' THEN regexp_extract(text, '(?:client=|warning: )(\S*?)\[([^\]]*)\](?::(\d+))?(?:.*(SASL \S+ authentication failed))?(?:.*sasl_username=([^,\s]+))?()()', ['object', 'addr', 'port', 'word', 'actor', 'target', 'more'])
    WHEN 'sasl' THEN regexp_extract(text, '\[user=([^\]]*)\]()()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'dropbear' THEN regexp_extract(text, '^(.*?) (?:for|user)(?: ''(.*)'')?.* from (\S+):(\d+)()()()', ['word', 'actor', 'addr', 'port', 'target', 'object', 'more'])
    WHEN 'sshd other' THEN regexp_extract(text, '(?:\b(?:from|with|by|for)|user (\S+)) \[?([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*[0-9A-Fa-f])\]?(?:(?: port |:)(\d+))?()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'pam requirement' THEN regexp_extract(text, ' not met by user "(.*)"()()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'pam received' THEN regexp_extract(text, '^received for user (.*): (\d+) \(.*\)()()()()()', ['actor', 'word', 'addr', 'port', 'target', 'object', 'more'])
    WHEN 'pam krb5' THEN regexp_extract(text, '^authentication (succeeds|fails) for ''(.*)'' \(()()()()()', ['word', 'actor', 'addr', 'port', 'target', 'object', 'more'])
    WHEN 'pam expired' THEN regexp_extract(text, '^expired password for user (.*?)(?: \(.*)?$()()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'wheel' THEN regexp_extract(text, '^Access (\w+) to ''(.*)'' for ''(.*)''()()()()', ['word', 'actor', 'target', 'addr', 'port', 'object', 'more'])
    WHEN 'pam refused' THEN regexp_extract(text, '(?:(?:[Uu]ser|account|username|(?:password|code) for) [''"`‘\[(]?([^\s''"`’‘\])]+)[''"’\]]?)(?:.* from [''"`]([^''"]+))?()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    WHEN 'pam granted' THEN regexp_extract(text, '^user ''?([^\s'']+)()()()()()()', ['actor', 'addr', 'port', 'target', 'object', 'word', 'more'])
    ELSE {'actor': '', 'addr': '', 'port': '', 'target': '', 'object': '', 'word': '', 'more': ''} END AS p
  FROM kinds),
judged AS (
  SELECT *,
    -- A pattern that didn't fit leaves its line as `other`: nothing is claimed from half a match.
    CASE WHEN kind IN ('session opened', 'logind new', 'accepted', 'login on', 'root login', 'pam granted', 'pam krb5', 'pam result', 'failed', 'unknown user', 'invalid user',
                       'userauth request', 'too many', 'max attempts', 'postponed', 'not allowed', 'root refused', 'pam denied', 'access denied', 'su util-linux',
                       'su shadow', 'su old', 'su solaris', 'su bsd', 'wheel', 'wrong host', 'sasl', 'polkit', 'failed login', 'klogind', 'ftp login', 'dropbear', 'pam requirement', 'pam received', 'pam refused', 'pam expired') THEN 'login'
         WHEN kind = 'session closed' THEN 'logout'
         WHEN kind = 'sftp session' THEN CASE p.word WHEN 'opened' THEN 'login' ELSE 'logout' END
         WHEN kind = 'logind end' THEN 'logout'
         WHEN kind = 'received disconnect' THEN CASE WHEN p.word <> '' THEN 'connect' ELSE 'logout' END
         WHEN kind = 'closed' THEN CASE WHEN p.actor <> '' AND p.word = '' AND p.more = '' THEN 'logout' ELSE 'connect' END
         WHEN kind = 'disconnecting' THEN CASE WHEN starts_with(p.more, 'Too many authentication failures') THEN 'login' ELSE 'connect' END
         WHEN kind IN ('address', 'connection from', 'connect from', 'xinetd') THEN 'connect'
         WHEN kind IN ('sudo', 'pkexec', 'doas', 'rshd', 'subsystem') THEN 'execute'
         WHEN kind = 'ssh session' THEN CASE p.word WHEN 'Starting' THEN 'execute' ELSE 'other' END
         WHEN kind = 'cron' THEN coalesce(MAP {'CMD': 'execute', 'LIST': 'read', 'REPLACE': 'update', 'BEGIN EDIT': 'read', 'END EDIT': 'update', 'DELETE': 'delete'}[p.word], 'other')
         WHEN kind IN ('added', 'failed adding') THEN 'account_create'
         WHEN kind IN ('user deleted', 'group deleted') THEN 'account_delete'
         WHEN kind = 'member' THEN CASE p.word WHEN 'add' THEN 'grant' ELSE 'revoke' END
         WHEN kind = 'gpasswd member' THEN CASE p.word WHEN 'added' THEN 'grant' ELSE 'revoke' END
         WHEN kind = 'gpasswd list' THEN 'grant'
         WHEN kind IN ('user changed', 'user lock', 'group changed', 'passwd by', 'passwd', 'chfn', 'group password') THEN 'account_change'
         WHEN kind = 'sftp' THEN CASE WHEN p.word = 'close' THEN CASE WHEN p.more LIKE '% written 0' THEN CASE WHEN p.more LIKE 'read 0 %' THEN 'other' ELSE 'read' END ELSE 'update' END
                                      WHEN p.word = 'open' THEN CASE WHEN p.more LIKE '%CREATE%' THEN 'create' WHEN p.more LIKE '%WRITE%' THEN 'update' ELSE 'read' END
                                      WHEN p.word = 'opendir' THEN 'search'
                                      WHEN p.word IN ('remove', 'rmdir') THEN 'delete'
                                      WHEN p.word IN ('mkdir', 'link', 'symlink', 'hardlink') THEN 'create'
                                      WHEN p.word = 'lstat' THEN 'other'
                                      ELSE 'update' END
         WHEN kind = 'vsftpd' THEN coalesce(MAP {'LOGIN': 'login', 'UPLOAD': 'create', 'DOWNLOAD': 'export', 'DELETE': 'delete', 'MKDIR': 'create', 'RMDIR': 'delete',
                                                 'RENAME': 'update', 'CHMOD': 'update', 'APPEND': 'update', 'CONNECT': 'connect'}[regexp_extract(p.word, '[A-Z]+$')], 'other')
         WHEN kind = 'dovecot' THEN CASE WHEN starts_with(p.word, 'Disconnected') AND p.word NOT LIKE '%auth%' THEN 'logout' ELSE 'login' END
         WHEN kind = 'postfix' THEN 'login'
         WHEN kind = 'sshd other' AND p.addr <> '' THEN 'connect'
         ELSE 'other' END AS action,
    CASE WHEN kind IN ('accepted', 'session opened', 'session closed', 'sftp session', 'logind new', 'logind end', 'login on', 'root login', 'pam granted', 'user deleted', 'group deleted',
                       'member', 'gpasswd member', 'gpasswd list', 'user changed', 'user lock', 'group changed', 'passwd by', 'passwd', 'chfn', 'group password', 'added', 'rshd') THEN 'success'
         WHEN kind IN ('failed', 'unknown user', 'invalid user', 'userauth request', 'too many', 'max attempts', 'not allowed', 'root refused', 'pam denied', 'access denied',
                       'failed adding', 'failed login', 'klogind', 'pam requirement', 'pam refused', 'reverse', 'wrong host', 'sasl') THEN 'failure'
         WHEN kind = 'pam expired' THEN 'unknown'
         WHEN kind = 'pam result' THEN CASE WHEN starts_with(text, 'authentication success') THEN 'success' ELSE 'failure' END
         WHEN kind = 'pam received' THEN CASE p.word WHEN '0' THEN 'success' ELSE 'failure' END
         WHEN kind = 'pam krb5' THEN CASE p.word WHEN 'fails' THEN 'failure' ELSE 'success' END
         WHEN kind = 'received disconnect' THEN CASE WHEN lower(p.more) LIKE '%auth%fail%' THEN 'failure' WHEN p.word = '' THEN 'success' ELSE 'unknown' END
         WHEN kind = 'closed' THEN CASE WHEN p.actor <> '' AND p.word = '' AND p.more = '' THEN 'success' ELSE 'unknown' END
         WHEN kind = 'disconnecting' THEN CASE WHEN starts_with(p.more, 'Too many authentication failures') THEN 'failure' ELSE 'unknown' END
         WHEN kind = 'connect from' THEN CASE p.word WHEN 'refused connect' THEN 'failure' ELSE 'unknown' END
         WHEN kind = 'xinetd' THEN CASE p.word WHEN 'FAIL' THEN 'failure' ELSE 'unknown' END
         WHEN kind = 'sudo' THEN CASE WHEN p.word = '' THEN 'success' WHEN starts_with(p.word, '(command continued') OR starts_with(p.word, 'problem with defaults') THEN 'unknown' ELSE 'failure' END
         WHEN kind IN ('su util-linux', 'su bsd') THEN CASE p.word WHEN '' THEN 'success' ELSE 'failure' END
         WHEN kind = 'su shadow' THEN CASE p.word WHEN 'Successful' THEN 'success' ELSE 'failure' END
         WHEN kind = 'su old' THEN CASE p.word WHEN '+' THEN 'success' ELSE 'failure' END
         WHEN kind = 'su solaris' THEN CASE p.word WHEN 'succeeded' THEN 'success' ELSE 'failure' END
         WHEN kind = 'wheel' THEN CASE p.word WHEN 'granted' THEN 'success' ELSE 'failure' END
         WHEN kind IN ('pkexec', 'doas', 'subsystem') THEN CASE p.word WHEN '' THEN 'success' ELSE 'failure' END
         WHEN kind = 'polkit' THEN CASE WHEN p.word <> '' THEN 'failure' WHEN p.target <> '' THEN 'success' ELSE 'unknown' END
         WHEN kind = 'ftp login' THEN CASE p.word WHEN '' THEN 'success' ELSE 'failure' END
         WHEN kind = 'ssh session' THEN 'success'
         WHEN kind = 'cron' THEN CASE WHEN p.word IN ('LIST', 'REPLACE', 'BEGIN EDIT', 'END EDIT', 'DELETE') THEN 'success' ELSE 'unknown' END
         WHEN kind = 'sftp' THEN CASE WHEN p.word = 'close' THEN 'success' ELSE 'unknown' END
         WHEN kind = 'vsftpd' THEN CASE WHEN starts_with(p.word, 'OK') THEN 'success' WHEN starts_with(p.word, 'FAIL') THEN 'failure' ELSE 'unknown' END
         WHEN kind = 'dovecot' THEN CASE WHEN p.word IN ('Login', 'Info: Login') THEN 'success' WHEN lower(p.word) LIKE '%fail%' OR lower(p.word) LIKE '%abort%' THEN 'failure' ELSE 'unknown' END
         WHEN kind = 'postfix' THEN CASE p.word WHEN '' THEN 'success' ELSE 'failure' END
         WHEN kind = 'dropbear' THEN CASE WHEN p.word LIKE '%succeeded' THEN 'success' ELSE 'failure' END
         WHEN kind = 'sshd other' THEN CASE WHEN regexp_matches(text, '^(Unable to|Bad protocol|Timeout before authentication|Authentication (refused|tried)|drop connection|Login restricted|banner exchange: .*: (invalid|could not)|kex_exchange|ssh_dispatch_run_fatal|Could not)') THEN 'failure' ELSE 'unknown' END
         ELSE 'unknown' END AS outcome,
    CASE WHEN clock IS NULL THEN json_clock ELSE clock END AS spelt
  FROM parsed),
placed AS (
  SELECT *,
    CASE WHEN clock IS NULL AND regexp_full_match(json_clock, '\d{16}') THEN make_timestamptz(try_cast(json_clock AS BIGINT))
         WHEN clock IS NULL AND regexp_full_match(json_clock, '\d{13}') THEN make_timestamptz(try_cast(json_clock[:13] AS BIGINT) * 1000)
         WHEN regexp_full_match(spelt, '\d{10}(\.\d+)?') THEN make_timestamptz((try_cast(spelt[:17] AS DECIMAL(20, 6)) * 1000000)::BIGINT)
         WHEN regexp_matches(spelt, '^\d{4}-.* ?CES?T$') THEN iso_zoned(regexp_replace(replace(spelt, ' CEST', '+02:00'), ' CET$', '+01:00'))
         WHEN regexp_matches(spelt, '^\d{4}-') THEN iso_zoned(spelt) END AS instant,
    -- Swedish month names: journalctl writes them in the reader's language.
    CASE WHEN spelt IS NULL OR regexp_matches(spelt, '^\d{4}-.*(Z|UTC|GMT|CES?T|[+-]\d\d:?\d\d)$') THEN NULL
         WHEN spelt LIKE '% % %:%:% ____' AND spelt[1] NOT BETWEEN '0' AND '9' THEN try_strptime(replace(spelt, '  ', ' '), '%b %d %H:%M:%S %Y')
         WHEN regexp_matches(spelt, '^\d{4} ') THEN try_strptime(replace(spelt, '  ', ' '), '%Y %b %d %H:%M:%S')
         WHEN lower(spelt[:3]) IN ('maj', 'okt') THEN syslog_local(CASE lower(spelt[:3]) WHEN 'maj' THEN 'May' ELSE 'Oct' END || spelt[4:], reference)
         WHEN spelt[1] BETWEEN 'a' AND 'z' THEN syslog_local(upper(spelt[1]) || spelt[2:], reference)
         ELSE syslog_local(spelt, reference) END AS wall,
    spelt IS NOT NULL AND NOT regexp_matches(spelt, '\d{4}[- ]|[- ]\d{4}|^\d{10}') AS no_year,
    -- PAM's account is the new identity in su (and the invoker in sudo).
    kind IN ('pam requirement', 'pam refused', 'pam received', 'pam granted', 'pam expired', 'pam krb5') AND regexp_full_match(service, 'su|su-l|runuser|runuser-l') AS of_target,
    kind IN ('session opened', 'pam result') AND (service LIKE 'su%' OR service IN ('runuser', 'runuser-l', 'pkexec', 'polkit-1', 'doas')) AS takes_identity
  FROM judged),
ready AS (
  SELECT position, instant, wall, json_zone, spelt, no_year, action, outcome, kind, p, service, whole, json, e, message, cursor,
    CASE WHEN kind = 'pam result' THEN CASE WHEN takes_identity THEN coalesce(nullif(p.target, ''), p.more)
                                             WHEN p.actor = '' AND (service LIKE '%ftp%' OR service = 'dovecot') THEN p.target
                                             WHEN p.actor = '' AND mod.module = 'pam_krb5' THEN p.more ELSE p.actor END
         WHEN kind = 'session opened' THEN coalesce(nullif(p.actor, ''), p.target)
         WHEN kind = 'logind new' THEN coalesce(nullif(p.object, ''), p.actor)
         WHEN of_target THEN NULL
         WHEN kind IN ('root login', 'root refused') THEN lower(p.word)
         WHEN kind = 'failed login' AND p.actor IN ('UNKNOWN', '(unknown)', '(null)') THEN NULL
         WHEN kind = 'cron' AND (upper(p.actor) = 'CRON' OR starts_with(p.actor, '*')) THEN NULL
         WHEN kind = 'ftp login' AND p.more <> '' THEN NULL
         WHEN kind IN ('pam refused', 'pam requirement') AND service IN ('passwd', 'chpasswd') THEN NULL
         ELSE p.actor END AS actor,
    CASE WHEN kind = 'pam result' THEN CASE WHEN takes_identity AND p.actor <> p.target THEN p.actor END
         WHEN kind = 'session opened' THEN CASE WHEN p.actor <> '' THEN p.target END
         WHEN of_target THEN p.actor
         WHEN kind = 'gpasswd list' AND contains(p.target, ',') THEN NULL
         WHEN kind IN ('added', 'failed adding') AND p.word NOT IN ('new user', 'user') THEN NULL
         WHEN kind IN ('group deleted', 'group changed', 'group password', 'sftp') THEN NULL
         ELSE p.target END AS target,
    CASE WHEN kind IN ('added', 'failed adding') AND p.word NOT IN ('new user', 'user') THEN p.target
         WHEN kind IN ('group deleted', 'group changed', 'group password') THEN p.target
         WHEN kind IN ('member', 'gpasswd member', 'gpasswd list') THEN p.more END AS target_group,
    CASE WHEN kind = 'reverse' THEN coalesce(nullif(p.addr, ''), p.word)
         WHEN kind = 'connect from' AND p.object <> '' THEN CASE WHEN address(p.addr) IS NULL THEN p.object ELSE p.addr END
         WHEN kind IN ('klogind', 'ftp login') AND address(p.addr) IS NULL AND address(p.object) IS NOT NULL THEN p.object
         WHEN kind = 'failed login' AND regexp_matches(p.addr, '^(/dev/)?(tty|pts|console)|^\(null\)$') THEN NULL
         WHEN p.addr IN ('UNKNOWN', 'unknown', '(null)', '?', '(none)') THEN NULL
         ELSE nullif(p.addr, '') END AS origin,
    CASE WHEN kind = 'reverse' THEN coalesce(nullif(p.object, ''), p.more)
         WHEN kind = 'connect from' THEN CASE WHEN address(p.addr) IS NULL THEN p.addr ELSE p.object END
         WHEN kind = 'klogind' AND address(p.object) IS NOT NULL THEN p.addr
         WHEN kind IN ('klogind', 'ftp login', 'postfix', 'wrong host') THEN nullif(p.object, 'unknown') END AS named_host,
    CASE WHEN kind IN ('logind new', 'logind end', 'dovecot') THEN nullif(p.more, '') WHEN service LIKE 'sshd%' OR service LIKE '%sftp%' THEN pid END AS session, pid, app
  FROM placed),
addressed AS (SELECT *, address(origin) AS ip, account(trim(actor)) AS who, account(trim(target)) AS whom,
         kind = 'vsftpd' AND p.word = 'OK RENAME' AND regexp_full_match(p.object, '/[^ ]* /[^ ]*') AS two_paths FROM ready)
SELECT position,
       CASE WHEN json_zone IS NOT NULL AND instant IS NULL THEN TRY(local_instant(wall, json_zone)) ELSE instant END AS time,
       wall AS local_time,
       spelt AS time_original,
       CASE WHEN no_year THEN ['year_assumed'] ELSE CAST([] AS VARCHAR[]) END AS time_quality,
       cursor AS source_event_id,
       who.name AS actor_account, who.domain AS actor_domain, session,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN action IN ('read', 'create', 'update', 'delete', 'export', 'grant', 'revoke', 'account_create', 'account_change', 'account_delete') AND outcome = 'success' THEN 'content'
            ELSE 'possible' END AS proves,
       CASE WHEN kind = 'user changed' AND p.more <> '' THEN [{'field': coalesce(nullif(p.word, ''), 'name'), 'before': coalesce(nullif(p.object, ''), CASE WHEN p.word = '' THEN p.target END), 'after': p.more}]
            WHEN kind = 'chfn' AND p.word = 'shell' AND p.more <> '' THEN [{'field': 'shell', 'before': NULL, 'after': p.more}]
            WHEN kind = 'group changed' AND p.more <> '' THEN [{'field': 'name', 'before': p.target, 'after': p.more}]
            WHEN kind = 'gpasswd list' AND contains(p.target, ',') THEN [{'field': p.word, 'before': NULL, 'after': p.target}]
            WHEN kind = 'sftp' AND p.word LIKE '%rename' THEN [{'field': 'path', 'before': p.object, 'after': p.target}]
            WHEN two_paths THEN [{'field': 'path', 'before': split_part(p.object, ' ', 1), 'after': split_part(p.object, ' ', 2)}] END AS changes,
       CASE WHEN action IN ('login', 'logout') THEN 3002
            WHEN action = 'connect' THEN 4001
            WHEN action = 'execute' THEN 1007
            WHEN action IN ('read', 'search', 'create', 'update', 'delete', 'export') THEN 1001
            WHEN action IN ('grant', 'revoke') OR target_group IS NOT NULL THEN 3006
            WHEN action IN ('account_create', 'account_change', 'account_delete') THEN 3007 END AS class_uid,
       CASE WHEN action = 'execute' AND kind IN ('sudo', 'pkexec', 'doas', 'cron', 'rshd') THEN 'command'
            WHEN kind = 'cron' AND action <> 'other' THEN 'crontab'
            WHEN kind IN ('sftp', 'vsftpd') AND p.object <> '' THEN CASE WHEN p.word IN ('mkdir', 'rmdir', 'opendir', 'OK MKDIR', 'OK RMDIR') THEN 'folder' ELSE 'file' END
            WHEN kind IN ('ssh session', 'subsystem', 'xinetd') AND p.object <> '' THEN 'service' END AS object_type,
       CASE WHEN kind = 'cron' AND action <> 'execute' AND action <> 'other' THEN nullif(p.object, '') WHEN kind IN ('ssh session', 'subsystem', 'xinetd', 'polkit') THEN nullif(p.object, '') END AS object_id,
       CASE WHEN two_paths THEN split_part(p.object, ' ', 1)
            WHEN kind IN ('sudo', 'pkexec', 'doas', 'rshd', 'sftp', 'vsftpd') OR (kind = 'cron' AND action = 'execute') THEN nullif(p.object, '')
            WHEN kind IN ('added', 'group deleted', 'group changed') THEN nullif(p.object, '') END AS object_path,
       whom.name AS target_account, filled(target_group) AS target_group,
       ip AS src_ip, port(p.port) AS src_port,
       coalesce(CASE WHEN ip IS NULL AND NOT regexp_full_match(origin, '[\d.:]+|\[.*') THEN filled(origin) END, CASE WHEN address(named_host) IS NULL THEN filled(named_host) END) AS src_host,
       CASE WHEN json THEN whole
            ELSE '{' || concat_ws(',', '"pri":' || to_json(nullif(e.pri, '')), '"timestamp":' || to_json(nullif(e.clock, '')), '"host":' || to_json(nullif(e.host, '')),
                                  '"program":' || to_json(app), '"module":' || to_json(nullif(e.module, '')), '"pid":' || to_json(pid), '"msgid":' || to_json(nullif(e.msgid, '')),
                                  '"structured_data":' || to_json(nullif(e.sd, '')), '"message":' || to_json(message)) || '}' END AS details
FROM addressed
