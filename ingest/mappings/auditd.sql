-- mapping:  auditd
-- reads:    the Linux audit log (audit.log, also through audispd or the kernel to syslog, and in a forwarder's JSON): all lines of one serial are one record; RAW and ENRICHED
--           format, and as `ausearch -i` interprets them
-- source:   auditd(8), auditd.conf(5), audit-userspace "specs/fields" and "specs/messages"; kernel include/uapi/linux/audit.h,
--           arch/*/include/generated/uapi/asm/unistd_64.h for the numbers of system calls; connect(2) for the shape of saddr
-- decoders: auditd, lines
-- proved:   auditd 3.0.9 on Linux 6.18 with OpenSSH 9.2p1, sudo 1.9.13p3, shadow 4.13; AVC, SERVICE_*, ANOM_*, ROLE_*, USER_MGMT, RHEL 5's
--           older wording and the 32-bit and ARM numbers: from documentation
-- traps:    auid is who logged on, uid who the process became: the actor is auid, 4294967295 and -1 are nobody (a system call
--           without a login is then by uid's account, a program's message by nobody); a program that logs
--           somebody on names him in acct while auid is still unset; `(invalid user)`, often in hexadecimal, is no account; strings with a
--           blank or a byte above 127 come as hexadecimal without quotes; a rename is one act on two PATHs; interpreted text has blanks without quotes; PARENT is no object; an open
--           shows a handle (possible), not what was read; the address of connect() is where to, not where from
WITH told AS (
  -- A forwarder's JSON has the line in a member.
  SELECT position, fields, CASE WHEN record[1] <> '{' THEN record
              ELSE array_to_string(list_transform(str_split(record, chr(10)), lambda l: CASE WHEN json_valid(l)
                     THEN coalesce(list_filter(json_extract_string(l, ['$.message', '$.MESSAGE', '$.msg', '$.log', '$._raw']), lambda m: contains(m, 'audit('))[1], l) ELSE l END), chr(10)) END AS record
  FROM raw),
lined AS (
  SELECT position, record, fields,
         -- The kernel's own log has numbers in place of names (include/uapi/linux/audit.h; audit-userspace lib/audit-records.h).
         CASE WHEN NOT regexp_matches(record, '\btype=\d{4} ') THEN str_split(record, chr(10))
              ELSE list_transform(str_split(record, chr(10)), lambda l: regexp_replace(l, '\btype=\d{4} ', 'type=' || coalesce(MAP {
                     '1006': 'LOGIN', '1100': 'USER_AUTH', '1101': 'USER_ACCT', '1102': 'USER_MGMT', '1103': 'CRED_ACQ', '1104': 'CRED_DISP', '1105': 'USER_START', '1106': 'USER_END',
                     '1107': 'USER_AVC', '1108': 'USER_CHAUTHTOK', '1109': 'USER_ERR', '1110': 'CRED_REFR', '1112': 'USER_LOGIN', '1113': 'USER_LOGOUT', '1114': 'ADD_USER', '1115': 'DEL_USER',
                     '1116': 'ADD_GROUP', '1117': 'DEL_GROUP', '1119': 'CHGRP_ID', '1123': 'USER_CMD', '1124': 'USER_TTY', '1125': 'CHUSER_ID', '1126': 'GRP_AUTH', '1130': 'SERVICE_START',
                     '1131': 'SERVICE_STOP', '1132': 'GRP_MGMT', '1133': 'GRP_CHAUTHTOK', '1135': 'ACCT_LOCK', '1136': 'ACCT_UNLOCK', '1201': 'DAEMON_END', '1202': 'DAEMON_ABORT',
                     '1203': 'DAEMON_CONFIG', '1300': 'SYSCALL', '1302': 'PATH', '1305': 'CONFIG_CHANGE', '1306': 'SOCKADDR', '1307': 'CWD', '1309': 'EXECVE', '1318': 'OBJ_PID', '1319': 'TTY',
                     '1320': 'EOE', '1325': 'NETFILTER_CFG', '1327': 'PROCTITLE', '1400': 'AVC', '1403': 'MAC_POLICY_LOAD', '1404': 'MAC_STATUS', '1405': 'MAC_CONFIG_CHANGE',
                     '2100': 'ANOM_LOGIN_FAILURES', '2301': 'ROLE_ASSIGN', '2302': 'ROLE_REMOVE'}[regexp_extract(l, '\btype=(\d{4}) ', 1)], regexp_extract(l, '\btype=(\d{4}) ', 1)) || ' ')) END AS lines,
         regexp_extract(record, 'audit\(([^)]*?)(?::(\d+))?\)', ['clock', 'serial']) AS stamp
  FROM told),
sorted AS (
  SELECT * EXCLUDE (lines),
         list_filter(lines, lambda l: contains(l, 'type=SYSCALL '))[1] AS call,
         list_filter(lines, lambda l: contains(l, 'type=PATH ')) AS paths,
         list_filter(lines, lambda l: contains(l, 'type=CWD '))[1] AS cwd_line,
         list_filter(lines, lambda l: contains(l, 'type=EXECVE '))[1] AS exec_line,
         list_filter(lines, lambda l: contains(l, 'type=SOCKADDR '))[1] AS address_line,
         list_filter(lines, lambda l: contains(l, 'type=OPENAT2 '))[1] AS how_line,
         coalesce(list_filter(lines, lambda l: NOT regexp_matches(l, 'type=(SYSCALL|PATH|CWD|PROCTITLE|EXECVE|SOCKADDR|SOCKETCALL|EOE|MMAP|IPC|FD_PAIR|OBJ_PID|BPRM_FCAPS|CAPSET|BPF|INTEGRITY_\w+|TIME_\w+|MQ_\w+|OPENAT2) '))[1],
                  lines[1]) AS line
  FROM lined),
named AS (
  SELECT *, regexp_extract(line, 'type=(\S+)', 1) AS type,
         regexp_extract(call, 'arch=(\S+) syscall=(\S+)(?: per=\S+)?(?: success=(\S+))?(?: exit=\S+)? a0=(\S+) a1=(\S+) a2=(\S+)', ['arch', 'number', 'success', 'a0', 'a1', 'a2']) AS c,
         regexp_extract(call, 'SYSCALL=(\w+)', 1) AS call_name,
         coalesce(call, line) AS who_line, NOT regexp_full_match(stamp.clock, '\d+(\.\d+)?') AS interpreted
  FROM (SELECT * REPLACE (-- a long argument comes in pieces
                          regexp_replace(regexp_replace(exec_line, '" a\d+\[[1-9]\d*\]="', '', 'g'), ' a\d+\[[1-9]\d*\]=', '', 'g') AS exec_line) FROM sorted)),
read AS (
  SELECT *,
         -- A string of audit: quoted, or hexadecimal where it holds a blank, a quote or a byte outside ASCII; NUL stands between arguments.
         list_transform([regexp_extract(line, 'acct=("[^"]*"|[^\s'',)]*)', 1), regexp_extract(line, 'cmd=("[^"]*"|.*?)(?: exe=| terminal=| res=|''|\s*$)', 1), regexp_extract(cwd_line, 'cwd=("[^"]*"|.*?)\s*$', 1),
                         regexp_extract(line, 'id=\d+ exe=("[^"]*")', 1), regexp_extract(line, 'grp=("[^"]*"|[^\s'',)]*)', 1), regexp_extract(who_line, 'exe=("[^"]*"|[^\s'',)]*)', 1),
                         regexp_extract(CASE WHEN contains(line, 'key=') THEN line ELSE who_line END, '\bkey=("[^"]*"|[^\s'']*)', 1)]
                        || coalesce(CASE WHEN NOT interpreted THEN regexp_extract_all(exec_line, ' a\d+(?:\[\d+\])?=("[^"]*"|\S*)', 1)
                                         WHEN exec_line IS NOT NULL THEN [trim(regexp_replace(regexp_extract(exec_line, 'argc=\d+(.*)', 1), ' a\d+=', ' ', 'g'))] END, []),
                        lambda v: CASE WHEN starts_with(v, '"') THEN trim(v, '"')
                                       WHEN regexp_full_match(v, '(?:[0-9A-F]{2})+') AND len(v) > 2 THEN coalesce(TRY(replace(decode(unhex(v)), chr(0), ' ')), v) ELSE v END) AS text,
         list_transform(list_filter(paths, lambda l: NOT contains(l, 'nametype=PARENT')),
                        lambda l: regexp_extract(l, '\bname=("[^"]*"|.*?)(?:\s*$| \w+=.*?(?: nametype=(\w+).*)?$)', ['name', 'nametype'])) AS named_paths,
         -- An AVC names its object where no PATH beside it does; `name` alone is the last part of a path (SELinux) or the whole (AppArmor).
         CASE WHEN type = 'AVC' AND len(paths) = 0 THEN coalesce(nullif(regexp_extract(line, '\bpath=("[^"]*"|\S+)', 1), ''), regexp_extract(line, '\bname=("/[^"]*"|2F[0-9A-F]+)', 1)) END AS avc_path,
         CASE WHEN call_name <> '' THEN call_name WHEN NOT regexp_full_match(c.number, '\d+') THEN c.number
              ELSE MAP {'c000003e/2':'open','c000003e/42':'connect','c000003e/43':'accept','c000003e/44':'sendto','c000003e/49':'bind','c000003e/59':'execve','c000003e/76':'truncate',
                        'c000003e/77':'ftruncate','c000003e/82':'rename','c000003e/83':'mkdir','c000003e/84':'rmdir','c000003e/85':'creat','c000003e/86':'link','c000003e/87':'unlink',
                        'c000003e/88':'symlink','c000003e/89':'readlink','c000003e/90':'chmod','c000003e/91':'fchmod','c000003e/92':'chown','c000003e/93':'fchown','c000003e/94':'lchown',
                        'c000003e/132':'utime','c000003e/133':'mknod','c000003e/159':'adjtimex','c000003e/164':'settimeofday','c000003e/165':'mount','c000003e/166':'umount2','c000003e/170':'sethostname',
                        'c000003e/175':'init_module','c000003e/176':'delete_module','c000003e/188':'setxattr','c000003e/189':'lsetxattr','c000003e/190':'fsetxattr','c000003e/197':'removexattr',
                        'c000003e/198':'lremovexattr','c000003e/199':'fremovexattr','c000003e/227':'clock_settime','c000003e/235':'utimes','c000003e/257':'openat','c000003e/258':'mkdirat',
                        'c000003e/259':'mknodat','c000003e/260':'fchownat','c000003e/261':'futimesat','c000003e/263':'unlinkat','c000003e/264':'renameat','c000003e/265':'linkat','c000003e/266':'symlinkat',
                        'c000003e/267':'readlinkat','c000003e/268':'fchmodat','c000003e/280':'utimensat','c000003e/288':'accept4','c000003e/304':'open_by_handle_at','c000003e/313':'finit_module',
                        'c000003e/316':'renameat2','c000003e/322':'execveat','c000003e/437':'openat2','c000003e/452':'fchmodat2',
                        '40000003/5':'open','40000003/8':'creat','40000003/9':'link','40000003/10':'unlink','40000003/11':'execve','40000003/14':'mknod','40000003/15':'chmod','40000003/16':'lchown',
                        '40000003/38':'rename','40000003/39':'mkdir','40000003/40':'rmdir','40000003/83':'symlink','40000003/92':'truncate','40000003/93':'ftruncate','40000003/94':'fchmod',
                        '40000003/95':'fchown','40000003/198':'lchown','40000003/207':'fchown','40000003/212':'chown','40000003/226':'setxattr','40000003/295':'openat','40000003/296':'mkdirat',
                        '40000003/298':'fchownat','40000003/301':'unlinkat','40000003/302':'renameat','40000003/303':'linkat','40000003/304':'symlinkat','40000003/306':'fchmodat','40000003/353':'renameat2',
                        '40000003/358':'execveat','40000003/362':'connect',
                        'c00000b7/5':'setxattr','c00000b7/6':'lsetxattr','c00000b7/7':'fsetxattr','c00000b7/33':'mknodat','c00000b7/34':'mkdirat','c00000b7/35':'unlinkat','c00000b7/36':'symlinkat',
                        'c00000b7/37':'linkat','c00000b7/38':'renameat','c00000b7/45':'truncate','c00000b7/46':'ftruncate','c00000b7/52':'fchmod','c00000b7/53':'fchmodat','c00000b7/54':'fchownat',
                        'c00000b7/55':'fchown','c00000b7/56':'openat','c00000b7/78':'readlinkat','c00000b7/88':'utimensat','c00000b7/202':'accept','c00000b7/203':'connect','c00000b7/206':'sendto',
                        'c00000b7/221':'execve','c00000b7/242':'accept4','c00000b7/276':'renameat2','c00000b7/281':'execveat','c00000b7/437':'openat2'}[c.arch || '/' || c.number] END AS syscall,
         regexp_extract(address_line, 'saddr=([0-9A-Fa-f]+)', 1) AS saddr,
         regexp_extract(who_line, '(?:^|[\s\x{1D}])AUID="([^"]*)"', 1) AS auid_name, regexp_extract(who_line, '(?:^|[\s\x{1D}])UID="([^"]*)"', 1) AS uid_name,
         regexp_extract(line, '(?:^|[\s\x{1D}])ID="([^"]*)"', 1) AS id_name,
         coalesce(nullif(regexp_extract(line, ' new auid=(\S+)', 1), ''), regexp_extract(who_line, '(?:^|[\s''])auid=([^\s'']+)', 1)) AS auid, regexp_extract(who_line, '(?:^|[\s''])uid=([^\s'']+)', 1) AS uid,
         coalesce(nullif(regexp_extract(line, ' new ses=(\S+)', 1), ''), regexp_extract(who_line, '(?:^|[\s''])ses=([^\s'']+)', 1)) AS ses, regexp_extract(line, '(?:^|[\s''])id=([^\s'']+)', 1) AS id,
         regexp_extract(line, 'op=(.*?)(?: grantors=.*| (?:acct|id|grp|exe|key|path|list|uid|auid|kind|seperms|direction|cipher|new-\w+)=.*|''.*)?$', 1) AS op,
         regexp_extract(line, '(?:hostname|rhost)=([^\s'',)]+)', 1) AS hostname, regexp_extract(line, '(?:^|[\s''(])addr=([^\s'',)]+)', 1) AS addr,
         lower(coalesce(nullif(regexp_extract(line, '\b(?:res|result)=([A-Za-z0-9]+)', 1), ''), nullif(regexp_extract(line, '\bsuccess=(\w+)', 1), ''), c.success)) AS result,
         regexp_extract(line, '\bunit=("[^"]*"|[^\s'']*)', 1) AS unit
  FROM named),
known AS (
  SELECT *, text[1] AS acct, text[2] AS cmd, text[3] AS cwd, text[5] AS grp, regexp_extract(text[6], '[^/]+$') AS program, filled(text[7]) AS key,
         array_to_string(text[8:], ' ') AS command,
         -- The login user, by name where the log is enriched; else the number is what the record names him by.
         CASE WHEN auid IN ('4294967295', '-1', 'unset', '') THEN NULL
              WHEN auid_name = '' OR auid_name = 'unset' OR starts_with(auid_name, 'unknown(') THEN auid ELSE auid_name END AS login_user,
         CASE WHEN uid IN ('4294967295', '-1', '') THEN NULL WHEN uid_name = '' OR starts_with(uid_name, 'unknown(') THEN uid ELSE uid_name END AS real_user,
         CASE WHEN id_name <> '' AND NOT starts_with(id_name, 'unknown') THEN id_name ELSE nullif(filled(id), '4294967295') END AS id_user,
         list_transform(CASE WHEN avc_path <> '' THEN [{'name': avc_path, 'nametype': ''}] ELSE named_paths END, lambda p: {'nametype': p.nametype,
                        'path': CASE WHEN starts_with(p.name, '"') THEN trim(p.name, '"') WHEN p.name IN ('(null)', '') THEN NULL
                                     WHEN regexp_full_match(p.name, '(?:[0-9A-F]{2})+') THEN coalesce(TRY(decode(unhex(p.name))), p.name) ELSE p.name END}) AS objects
  FROM read),
who AS (
  SELECT *,
         CASE WHEN acct IN ('', '?', '(null)', '(invalid user)', '(unknown)', '(unknown user)', 'UNKNOWN') THEN NULL ELSE acct END AS account,
         regexp_matches(type, '^(USER_(LOGIN|LOGOUT|AUTH|ACCT|START|END|ERR)|CRED_(ACQ|DISP|REFR)|LOGIN|ANOM_LOGIN_\w+|GRP_AUTH)$') AND (type <> 'USER_ACCT' OR op = '' OR op LIKE 'PAM:%' OR op LIKE '%PAM%') AS logs_on,
         program IN ('su', 'sudo', 'runuser', 'pkexec', 'polkit-agent-helper-1', 'doas', 'sudoedit') AS takes_identity,
         syscall LIKE 'rename%' AS renames, syscall LIKE 'open%' OR syscall = 'creat' AS opens,
         -- The flags of open(2): a1 of open, a2 of openat, in hexadecimal, or in words; openat2 has them in octal in a line of its own.
         CASE syscall WHEN 'open' THEN c.a1 WHEN 'openat' THEN c.a2 WHEN 'open_by_handle_at' THEN c.a2 WHEN 'openat2' THEN regexp_extract(how_line, '\boflag=(\S+)', 1) WHEN 'creat' THEN '241' END AS how
  FROM known),
flagged AS (
  -- 1 and 2 are for writing, 0x200 truncates.
  SELECT *, CASE WHEN contains(how, 'O_') THEN CASE WHEN contains(how, 'O_WRONLY') THEN 1 WHEN contains(how, 'O_RDWR') THEN 2 ELSE 0 END + CASE WHEN contains(how, 'O_TRUNC') THEN 512 ELSE 0 END
                 WHEN syscall = 'openat2' THEN TRY(right(how, 1)::BIGINT & 3) + CASE WHEN how[-4] IN ('1', '3', '5', '7') THEN 512 ELSE 0 END
                 ELSE TRY(('0x' || right(how, 8))::BIGINT) END AS flags
  FROM who),
acted AS (
  SELECT *,
         CASE WHEN logs_on THEN CASE WHEN type IN ('USER_END', 'CRED_DISP', 'USER_LOGOUT') THEN 'logout' ELSE 'login' END
              WHEN type IN ('ADD_USER', 'ADD_GROUP') THEN CASE WHEN op LIKE '%user to %group%' THEN 'grant' ELSE 'account_create' END
              WHEN type IN ('DEL_USER', 'DEL_GROUP') THEN CASE WHEN op LIKE '%user from %group%' THEN 'revoke' ELSE 'account_delete' END
              WHEN type IN ('USER_CHAUTHTOK', 'USER_MGMT', 'GRP_MGMT', 'GRP_CHAUTHTOK', 'ACCT_LOCK', 'ACCT_UNLOCK', 'CHUSER_ID', 'CHGRP_ID', 'USER_ACCT')
              THEN CASE WHEN regexp_matches(op, '(?i)add.*(user|member).*to.*group|add-user-to-group|user .* added by') THEN 'grant'
                        WHEN regexp_matches(op, '(?i)(delet|remov).*(user|member).*from.*group|delete-user-from-group|user .* removed by') THEN 'revoke'
                        WHEN regexp_matches(op, '(?i)^(add|creat)\w*[- ]+(group|user)\b|^add-(user|group)') THEN 'account_create'
                        WHEN regexp_matches(op, '(?i)^(delet|remov)\w*[- ]+(group|user)\b|^delete-(user|group)') THEN 'account_delete'
                        ELSE 'account_change' END
              WHEN type = 'ROLE_ASSIGN' THEN 'grant' WHEN type = 'ROLE_REMOVE' THEN 'revoke'
              WHEN type IN ('USER_CMD', 'USER_TTY', 'TTY', 'SERVICE_START') THEN 'execute'
              WHEN type IN ('DAEMON_END', 'DAEMON_ABORT') OR (type = 'CONFIG_CHANGE' AND regexp_matches(line, '\baudit_enabled=0')) THEN 'log_clear'
              WHEN type IN ('CONFIG_CHANGE', 'DAEMON_CONFIG', 'NETFILTER_CFG', 'MAC_POLICY_LOAD', 'MAC_CONFIG_CHANGE', 'MAC_STATUS', 'FEATURE_CHANGE') THEN 'config_change'
              WHEN call IS NOT NULL OR type IN ('AVC', 'SYSCALL', 'PATH')
              THEN CASE WHEN syscall LIKE 'execve%' THEN 'execute'
                        WHEN syscall IN ('connect', 'accept', 'accept4') THEN 'connect'
                        WHEN renames THEN 'update'
                        WHEN opens THEN CASE WHEN flags & 3 > 0 OR flags & 512 > 0 THEN 'update' ELSE 'read' END
                        WHEN syscall LIKE 'unlink%' OR syscall = 'rmdir' THEN 'delete'
                        WHEN syscall LIKE 'mkdir%' OR syscall LIKE 'mknod%' OR syscall LIKE 'link%' OR syscall LIKE 'symlink%' THEN 'create'
                        WHEN syscall LIKE 'readlink%' THEN 'read'
                        WHEN regexp_matches(syscall, '^f?l?(chmod|chown)') THEN 'grant'
                        WHEN regexp_matches(syscall, '^f?l?(truncate|setxattr|removexattr|utime|futime)') THEN 'update'
                        WHEN syscall IN ('settimeofday', 'clock_settime', 'adjtimex', 'sethostname', 'init_module', 'finit_module', 'delete_module', 'mount', 'umount2') THEN 'config_change'
                        WHEN call IS NULL AND type = 'AVC'
                        THEN CASE WHEN contains(line, ' apparmor=')
                                  THEN CASE WHEN regexp_matches(line, ' operation="profile_') THEN 'config_change' WHEN contains(line, ' operation="exec"') THEN 'execute'
                                            WHEN regexp_matches(line, ' requested_mask="[^"]*d') THEN 'delete' WHEN regexp_matches(line, ' requested_mask="[^"]*[wac]') AND len(objects) > 0 THEN 'update'
                                            WHEN regexp_matches(line, ' requested_mask="[^"]*r') AND len(objects) > 0 THEN 'read' ELSE 'other' END
                                  WHEN regexp_matches(line, '\{[^}]*\b(execute|execute_no_trans)\b') THEN 'execute' WHEN regexp_matches(line, '\{[^}]*\b(unlink|rmdir|remove_name)\b') THEN 'delete'
                                  WHEN regexp_matches(line, '\{[^}]*\b(write|append|create|setattr|add_name|rename)\b') THEN 'update'
                                  WHEN regexp_matches(line, '\{[^}]*\b(read|open)\b') THEN 'read' WHEN regexp_matches(line, '\{[^}]*\b(name_connect|connectto)\b') THEN 'connect' ELSE 'other' END
                        ELSE 'other' END
              ELSE 'other' END AS base_action,
         CASE WHEN type LIKE 'ANOM_LOGIN_%' THEN 'failure'  -- its res is that of writing the record
              WHEN type = 'AVC' AND c.success = 'yes' THEN 'success'  -- denied in permissive mode
              WHEN contains(line, ' apparmor="DENIED"') THEN 'failure' WHEN contains(line, ' apparmor="ALLOWED"') THEN 'success'
              WHEN type IN ('AVC', 'USER_AVC') AND regexp_matches(line, '\bdenied\b') THEN CASE WHEN contains(line, ' permissive=1') THEN 'unknown' ELSE 'failure' END WHEN type IN ('AVC', 'USER_AVC') AND regexp_matches(line, '\bgranted\b') THEN 'success'
              WHEN result IN ('success', 'yes', '1') THEN 'success' WHEN result IN ('failed', 'fail', 'no', '0', 'failure') THEN 'failure' ELSE 'unknown' END AS outcome
  FROM flagged),
touched AS (
  SELECT *,
         -- A rename is one row: the old name, with the new one as the change; a file that it replaced is a row of its own.
         CASE WHEN logs_on OR base_action IN ('execute', 'config_change', 'connect', 'log_clear') OR len(objects) = 0 OR objects IS NULL THEN [NULL]
              WHEN renames AND len(list_filter(objects, lambda o: o.nametype = 'CREATE')) > 0 AND len(list_filter(objects, lambda o: o.nametype = 'DELETE')) > 0
              THEN [{'nametype': 'RENAME', 'path': list_filter(objects, lambda o: o.nametype = 'DELETE')[1].path}]
                   || list_transform(list_filter(objects, lambda o: o.nametype = 'DELETE')[2:], lambda o: {'nametype': 'REPLACED', 'path': o.path})
              WHEN syscall LIKE 'symlink%' THEN list_filter(objects, lambda o: o.nametype = 'CREATE' OR len(objects) = 1)
              ELSE objects END AS things
  FROM acted),
unfolded AS (SELECT *, unnest(range(len(things))) AS part FROM touched),
rows AS (
  SELECT *, things[part + 1] AS thing, things[part + 1].path AS name,
         list_filter(objects, lambda o: o.nametype = 'CREATE')[1].path AS new_name
  FROM unfolded),
final AS (
  SELECT *,
         CASE WHEN thing.nametype IN ('CREATE') AND NOT renames AND base_action IN ('read', 'update', 'create') THEN 'create'
              WHEN thing.nametype IN ('DELETE', 'REPLACED') THEN 'delete'
              WHEN thing.nametype = 'NORMAL' AND (syscall LIKE 'link%' OR syscall LIKE 'symlink%') THEN 'other'
              ELSE base_action END AS action,
         CASE WHEN name IS NULL OR name LIKE '/%' OR cwd = '' OR cwd IS NULL THEN name ELSE rtrim(cwd, '/') || '/' || regexp_replace(name, '^\./', '') END AS path,
         CASE WHEN new_name IS NULL OR new_name LIKE '/%' OR cwd = '' OR cwd IS NULL THEN new_name ELSE rtrim(cwd, '/') || '/' || regexp_replace(new_name, '^\./', '') END AS new_path,
         base_action IN ('account_create', 'account_change', 'account_delete', 'grant', 'revoke') AND (call IS NULL OR type <> 'SYSCALL') AS on_account,
         type IN ('ADD_GROUP', 'DEL_GROUP', 'GRP_MGMT', 'GRP_CHAUTHTOK', 'CHGRP_ID') OR (type = 'USER_ACCT' AND NOT logs_on) AS on_group,
         CASE WHEN upper(saddr[:4]) = '0200' AND len(saddr) >= 16 THEN 'ipv4' WHEN upper(saddr[:4]) = '0A00' AND len(saddr) >= 48 THEN 'ipv6' END AS family
  FROM rows),
placed AS (
  SELECT *,
         CASE WHEN family IS NOT NULL THEN try_cast('0x' || saddr[5:8] AS INTEGER) END AS far_port,
         CASE family WHEN 'ipv4' THEN array_to_string(list_transform([9, 11, 13, 15], lambda i: try_cast('0x' || saddr[i:i + 1] AS INTEGER)::VARCHAR), '.')
                     WHEN 'ipv6' THEN CASE WHEN starts_with(lower(saddr[17:48]), '00000000000000000000ffff')
                                           THEN array_to_string(list_transform([41, 43, 45, 47], lambda i: try_cast('0x' || saddr[i:i + 1] AS INTEGER)::VARCHAR), '.')
                                           -- Shortened as inet_ntop does: leading zeros go, and the first long run of zeros.
                                           ELSE regexp_replace(array_to_string(list_transform(range(0, 8), lambda i: coalesce(nullif(ltrim(lower(saddr[17 + i * 4:20 + i * 4]), '0'), ''), '0')), ':'),
                                                               '(^|:)0(:0)+(:|$)', '::') END END AS far_ip,
         CASE WHEN type = 'USER_ACCT' AND NOT logs_on THEN regexp_extract(op, '^user (.*?) (?:added|removed) by ', 1) END AS member
  FROM final)
SELECT position, part::INTEGER AS part,
       CASE WHEN regexp_full_match(stamp.clock, '\d+(\.\d+)?') THEN make_timestamptz((try_cast(stamp.clock AS DECIMAL(18, 6)) * 1000000::HUGEINT)::BIGINT) END AS time,
       CASE WHEN NOT regexp_full_match(stamp.clock, '\d+(\.\d+)?') THEN try_strptime(stamp.clock, ['%m/%d/%Y %H:%M:%S.%f', '%d.%m.%Y %H:%M:%S.%f', '%m/%d/%y %H:%M:%S.%f', '%Y-%m-%d %H:%M:%S.%f']) END AS local_time,
       nullif(stamp.clock, '') AS time_original,
       CASE WHEN stamp.serial <> '' THEN stamp.clock || ':' || stamp.serial END AS source_event_id,
       CASE WHEN logs_on AND NOT takes_identity THEN coalesce(account, CASE WHEN acct = '' THEN coalesce(id_user, login_user) END)
            WHEN logs_on OR type = 'USER_CMD' OR (call IS NOT NULL AND coalesce(syscall, '') NOT LIKE 'accept%') THEN coalesce(login_user, real_user) ELSE login_user END AS actor_account,
       CASE WHEN ses NOT IN ('4294967295', '-1', '', 'unset') THEN ses END AS session,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN outcome = 'unknown' THEN 'possible'
            WHEN opens AND action <> 'create' AND (action = 'read' OR flags & 512 = 0) THEN 'possible'
            WHEN action IN ('read', 'create', 'update', 'delete', 'grant', 'revoke', 'account_create', 'account_change', 'account_delete', 'config_change', 'log_clear') THEN 'content'
            ELSE 'possible' END AS proves,
       CASE WHEN thing.nametype = 'RENAME' THEN [{'field': 'path', 'before': path, 'after': new_path}]
            WHEN type = 'CONFIG_CHANGE' AND regexp_matches(line, '\w+=\S+ old=\S+')
            THEN [{'field': regexp_extract(line, '(\w+)=(\S+) old=(\S+)', 1), 'before': regexp_extract(line, '(\w+)=(\S+) old=(\S+)', 3), 'after': regexp_extract(line, '(\w+)=(\S+) old=(\S+)', 2)}]
            WHEN on_group AND op LIKE '%, new name: %' THEN [{'field': 'name', 'before': account, 'after': regexp_extract(op, ', new name: (\S+)', 1)}] END AS changes,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN on_account AND (on_group OR action IN ('grant', 'revoke')) THEN 3006 WHEN on_account THEN 3007
            WHEN action = 'execute' THEN 1007 WHEN action = 'connect' THEN 4001 WHEN action IN ('log_clear', 'config_change') THEN 1008
            WHEN action IN ('read', 'create', 'update', 'delete', 'grant') THEN 1001 END AS class_uid,
       CASE WHEN action = 'execute' THEN CASE WHEN type = 'SERVICE_START' THEN 'service' ELSE 'command' END
            WHEN type = 'SERVICE_STOP' THEN 'service'
            WHEN type = 'CONFIG_CHANGE' AND op LIKE '%rule%' THEN 'audit rule'
            WHEN action = 'connect' AND syscall NOT LIKE 'accept%' AND far_ip IS NOT NULL THEN 'address'
            WHEN path IS NOT NULL THEN CASE WHEN syscall LIKE 'mkdir%' OR syscall = 'rmdir' THEN 'folder' ELSE 'file' END END AS object_type,
       CASE WHEN type LIKE 'SERVICE_%' THEN trim(unit, '"') WHEN type = 'CONFIG_CHANGE' AND op LIKE '%rule%' THEN key
            WHEN action = 'connect' AND syscall NOT LIKE 'accept%' AND far_ip IS NOT NULL THEN CASE family WHEN 'ipv6' THEN '[' || far_ip || ']:' ELSE far_ip || ':' END || far_port END AS object_id,
       CASE WHEN type = 'USER_CMD' THEN nullif(cmd, '') WHEN base_action = 'execute' AND call IS NOT NULL THEN coalesce(nullif(command, ''), objects[1].path) ELSE path END AS object_path,
       CASE WHEN logs_on AND takes_identity THEN nullif(account, coalesce(login_user, real_user, ''))
            WHEN on_account AND on_group THEN nullif(member, '')
            WHEN on_account THEN coalesce(account, id_user) END AS target_account,
       CASE WHEN on_account AND on_group THEN coalesce(account, id_user) WHEN on_account THEN filled(grp) END AS target_group,
       coalesce(address(addr), address(hostname), CASE WHEN syscall LIKE 'accept%' THEN address(far_ip) END) AS src_ip,
       CASE WHEN syscall LIKE 'accept%' THEN nullif(far_port, 0) END AS src_port,
       CASE WHEN hostname NOT IN ('', '?', '(null)') AND address(hostname) IS NULL THEN hostname WHEN addr NOT IN ('', '?') AND address(addr) IS NULL AND NOT regexp_full_match(addr, '[\d.:]+') THEN addr END AS src_host,
       coalesce(fields::VARCHAR, '{"record":' || to_json(record) || '}') AS details,
       CASE WHEN stamp.clock IS NULL OR (stamp.clock = '' AND type = '') THEN 'record: no line of audit' END AS reject
FROM placed
