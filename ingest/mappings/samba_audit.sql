-- mapping:  samba_audit
-- reads:    vfs_full_audit (PREFIX|OPERATION|RESULT|…|FILE) through syslog, in Samba's own log file, in a forwarder's JSON, or bare; and Samba's
--           authentication and directory audit, as JSON or as its sentence
-- source:   vfs_full_audit(8), smb.conf(5) on variable substitutions; Samba wiki "Setting up Audit Logging"; source3/modules/vfs_full_audit.c of
--           3.0 to 4.21 for the names of operations; auth/auth_log.c, source4/dsdb/samdb/ldb_modules/audit_log.c and group_audit.c
-- decoders: lines
-- start:    \S|\s*\{
-- params:   prefix TEXT (full_audit:prefix of smb.conf) = '%u|%I|%m|%S'
-- proved:   smbd 4.17.12 with smbclient: full_audit through syslog and in its own log file, auth_audit and auth_json_audit;
--           directory audit (dsdb), names of operations of other versions, Authorization: from documentation
-- traps:    a file name may hold the separator; a prefix that isn't the declared one is known by where the result stands: then the user and the
--           address are taken only if Samba's default (%u|%I) or their look tells them; open and create_file give a handle (possible), *_send
--           only asks, pread and pread_recv show content; a rename is `update` of the old name; Samba's own log has local times without zone,
--           and its JSON lines follow other records without a head of their own
WITH parts AS (
  SELECT str_split($prefix, '|') AS declared, regexp_full_match($prefix, '%[A-Za-z](\|%[A-Za-z])*') AS plain, list_transform(declared, lambda d: d[2]) AS letters,
         regexp_replace($prefix, '([\\.^$|?*+()\[\]{}])', '\\\1', 'g') AS quoted),
wanted AS (
  SELECT len(declared)::INTEGER AS places, plain,
         coalesce(list_position(letters, 'u'), list_position(letters, 'U'))::INTEGER AS user_at,
         coalesce(list_position(letters, 'I'), list_position(letters, 'i'))::INTEGER AS address_at, coalesce(list_position(letters, 'm'), list_position(letters, 'M'))::INTEGER AS machine_at,
         -- For a prefix with words or other separators around its variables: what stands in the place of the user, its domain, the address, the machine.
         list_transform([['u', 'U'], ['D'], ['I', 'i'], ['m', 'M']], lambda kind: list_transform(list_filter(kind, lambda l: NOT plain AND contains(quoted, '%' || l)),
           lambda l: '^' || replace(regexp_replace(replace(quoted, '%' || l, chr(1)), '%[A-Za-z]', '.*?', 'g'), chr(1), '(.*?)') || '\|')[1]) AS patterns
  FROM parts),
opened AS (
  SELECT position, record, reference,
         CASE WHEN starts_with(ltrim(record), '{')
              THEN TRY(from_json(record, '{"type":"VARCHAR","timestamp":"VARCHAR","message":"VARCHAR","msg":"VARCHAR","log":"VARCHAR","time":"VARCHAR","@timestamp":"VARCHAR","__REALTIME_TIMESTAMP":"VARCHAR"}')) END AS j
  FROM raw),
told AS (
  SELECT *, j.type IN ('Authentication', 'Authorization', 'KDC Authorization', 'dsdbChange', 'dsdbTransaction', 'replicatedUpdate', 'passwordChange', 'groupChange') AS is_audit,
         CASE WHEN j IS NULL OR is_audit THEN ltrim(record) ELSE coalesce(j.message, record ->> '$.MESSAGE', j.msg, j.log, '') END AS said,
         coalesce(j."__REALTIME_TIMESTAMP", j."@timestamp", j.timestamp, j.time) AS json_clock
  FROM opened),
framed AS (
  SELECT *,
         CASE WHEN regexp_matches(said, '^\[\d{4}/\d\d/\d\d ')
              THEN struct_insert(regexp_extract(said, '^()\[([^,\]]*),[^\]]*\] *\S*\(([^)]*)\)()()()()\s*(?s:(.*?))\s*$', ['pri', 'clock', 'app', 'host', 'pid', 'msgid', 'sd', 'message']), form := 'samba')
              WHEN starts_with(said, '{') THEN {'pri': '', 'clock': '', 'app': '', 'host': '', 'pid': '', 'msgid': '', 'sd': '', 'message': said, 'form': 'json'}
              ELSE syslog_envelope(said) END AS e
  FROM told),
split AS (
  -- 4.7 and 4.8 write `JSON Authentication: {…}`.
  SELECT *, CASE WHEN ltrim(e.message) LIKE 'JSON %: {%' THEN regexp_replace(ltrim(e.message), '^JSON [\w ]+: ', '') ELSE ltrim(e.message) END AS text, str_split(text, '|') AS f
  FROM framed),
found AS (
  SELECT *,
         -- Where the result stands: where the declared prefix puts it, or the first place that holds one.
         CASE WHEN starts_with(text, '{') THEN NULL
              WHEN f[places + 2] = 'ok' OR starts_with(f[places + 2], 'fail (') THEN places + 2
              ELSE list_position(list_transform(f, lambda x: x = 'ok' OR starts_with(x, 'fail (')), true) END AS place,
         place IS NOT NULL AND place >= 2 AND regexp_full_match(f[place - 1], '[a-z][a-z0-9_]+') AS is_vfs
  FROM split CROSS JOIN wanted),
named AS (
  SELECT *,
         is_vfs AND place = places + 2 AND NOT (plain AND regexp_matches(f[1], '^[A-Za-z]+=')) AS as_declared,
         CASE WHEN NOT is_vfs OR place <> places + 2 THEN NULL
              WHEN plain THEN {'user': f[user_at], 'domain': NULL, 'address': f[address_at], 'machine': f[machine_at]}
              ELSE {'user': regexp_extract(text, patterns[1], 1), 'domain': nullif(regexp_extract(text, patterns[2], 1), ''), 'address': regexp_extract(text, patterns[3], 1), 'machine': regexp_extract(text, patterns[4], 1)} END AS v,
         -- Not as declared: parts that say what they are (USER=anna), else by their look.
         CASE WHEN is_vfs AND NOT as_declared THEN list_transform(f[:place - 2], lambda x: regexp_extract(x, '^(?:([A-Za-z_]+)=)?(.*)$', ['label', 'value'])) END AS told,
         list_filter(told, lambda x: address(x.value) IS NOT NULL)[1].value AS any_address,
         CASE WHEN len(list_filter(told, lambda x: x.label <> '')) > 0 THEN list_filter(told, lambda x: regexp_full_match(x.label, '(?i)u|usr|user|username|user_name|account'))[1].value
              ELSE list_filter(told, lambda x: address(x.value) IS NULL AND x.value <> '')[1].value END AS any_user,
         list_filter(told, lambda x: regexp_full_match(x.label, '(?i)m|machine|host|client|workstation'))[1].value AS any_machine,
         CASE WHEN is_vfs THEN f[place - 1] END AS op, CASE WHEN is_vfs THEN f[place] END AS result,
         CASE WHEN is_vfs THEN array_to_string(f[place + 1:], '|') END AS rest,
         CASE WHEN starts_with(text, '{') THEN TRY(from_json(text, '{"timestamp":"VARCHAR","type":"VARCHAR","Authentication":{"status":"VARCHAR","localAddress":"VARCHAR","remoteAddress":"VARCHAR","serviceDescription":"VARCHAR","authDescription":"VARCHAR","clientDomain":"VARCHAR","clientAccount":"VARCHAR","workstation":"VARCHAR","becameAccount":"VARCHAR","becameDomain":"VARCHAR","logonId":"VARCHAR"},"Authorization":{"remoteAddress":"VARCHAR","domain":"VARCHAR","account":"VARCHAR","sessionId":"VARCHAR"},"KDC Authorization":{"status":"VARCHAR","remoteAddress":"VARCHAR","domain":"VARCHAR","account":"VARCHAR"},"dsdbChange":{"status":"VARCHAR","statusCode":"INTEGER","operation":"VARCHAR","remoteAddress":"VARCHAR","userSid":"VARCHAR","dn":"VARCHAR","sessionId":"VARCHAR","attributes":"JSON"},"passwordChange":{"status":"VARCHAR","statusCode":"INTEGER","action":"VARCHAR","remoteAddress":"VARCHAR","userSid":"VARCHAR","dn":"VARCHAR","sessionId":"VARCHAR"},"groupChange":{"status":"VARCHAR","statusCode":"INTEGER","action":"VARCHAR","remoteAddress":"VARCHAR","userSid":"VARCHAR","group":"VARCHAR","user":"VARCHAR","sessionId":"VARCHAR"},"dsdbTransaction":{"action":"VARCHAR","transactionId":"VARCHAR"}}')) END AS a,
         CASE WHEN starts_with(text, 'Auth: [') THEN regexp_extract(text, '^Auth: \[.*?\] user \[(.*?)\]\\\[(.*?)\] at \[(.*?)\] with \[.*?\] status \[(.*?)\] workstation \[(.*?)\] remote host \[(.*?)\](?: became \[(.*?)\]\\\[(.*?)\])?', ['domain', 'user', 'clock', 'status', 'host', 'addr', 'new_domain', 'new_user'])
              WHEN starts_with(text, 'Successful AuthZ: [') THEN regexp_extract(text, '^Successful AuthZ: \[.*?\] user \[(.*?)\]\\\[(.*?)\] \[.*?\] at \[(.*?)\] Remote host \[(.*?)\]()()()()', ['domain', 'user', 'clock', 'addr', 'status', 'host', 'new_domain', 'new_user'])
              WHEN regexp_matches(text, '^(DSDB Change|Password Change|Group Change) \[') THEN regexp_extract(text, '^(?:DSDB Change|Password Change|Group Change) \[([^\]]*)\] at ?\[(.*?)\] status \[(.*?)\] [Rr]emote host \[(.*?)\] SID \[(.*?)\](?: (?:DN|Group) \[(.*?)\])?(?: User \[(.*?)\])?()', ['new_user', 'clock', 'status', 'addr', 'user', 'host', 'new_domain', 'domain'])
              WHEN text LIKE '%connect to service %' OR text LIKE '%closed connection to service %' THEN regexp_extract(text, '^(\S+) \((.*?)\) (?:signed )?(connect|closed connection) to service (\S+)(?: initially as user (.*?) \(uid.*)?()()()', ['host', 'addr', 'status', 'new_domain', 'user', 'clock', 'domain', 'new_user']) END AS h
  FROM found),
sorted AS (
  SELECT *,
         CASE WHEN is_vfs THEN 'vfs' WHEN a.type IS NOT NULL THEN a.type WHEN starts_with(text, 'Auth: [') THEN 'auth' WHEN starts_with(text, 'Successful AuthZ') THEN 'authz'
              WHEN starts_with(text, 'DSDB Change') THEN 'dsdb' WHEN starts_with(text, 'Password Change') THEN 'password' WHEN starts_with(text, 'Group Change') THEN 'group'
              WHEN h.status = 'connect' THEN 'tree connect' ELSE 'other' END AS kind,
         CASE WHEN NOT as_declared THEN any_user WHEN v.domain <> '' AND NOT contains(v.user, '\') THEN v.domain || '\' || v.user ELSE v.user END AS user_text,
         CASE WHEN as_declared THEN v.address ELSE any_address END AS address_text,
         CASE WHEN as_declared THEN v.machine ELSE any_machine END AS machine,
         -- create_file's mask, kind and disposition stand before the name, and open's r or w.
         CASE WHEN op = 'create_file' THEN regexp_extract(rest, '^(0x[0-9a-fA-F]+)\|(file|dir|)\|?(\w*)\|(.*)$', ['mask', 'what', 'how', 'path'])
              WHEN op IN ('open', 'openat') AND regexp_matches(rest, '^[rw]{1,2}\|') THEN regexp_extract(rest, '^()()([rw]+)\|(.*)$', ['mask', 'what', 'how', 'path'])
              WHEN op = 'chdir' THEN regexp_extract(rest, '^()()()(?:chdir\|)?(.*)$', ['mask', 'what', 'how', 'path'])
              WHEN op LIKE '%chmod%' THEN regexp_extract(rest, '^()()()(.*?)(?:\|[0-7]+)?$', ['mask', 'what', 'how', 'path'])
              WHEN op LIKE '%chown%' THEN regexp_extract(rest, '^()()()(.*?)(?:\|-?\d+\|-?\d+)?$', ['mask', 'what', 'how', 'path'])
              WHEN op LIKE '%xattr%' THEN regexp_extract(rest, '^()()()(.*?)(?:\|(?:user|system|security|trusted)\.[^|]*)?$', ['mask', 'what', 'how', 'path'])
              WHEN op LIKE '%ntimes' THEN regexp_extract(rest, '^()()()(.*?)(?:\|[^|]*){0,4}$', ['mask', 'what', 'how', 'path'])
              WHEN op IN ('strict_lock_check', 'lock', 'fallocate') THEN regexp_extract(rest, '^()()()(.*?)(?::[\d:-]+)?$', ['mask', 'what', 'how', 'path'])
              ELSE {'mask': '', 'what': '', 'how': '', 'path': rest} END AS o
  FROM named),
paired AS (
  SELECT *,
         op IN ('rename', 'renameat', 'link', 'linkat', 'symlink', 'symlinkat', 'offload_write_send', 'copy_chunk_send') AS two_names,
         -- Two names: absolute ones tell where the second begins even if a name holds the separator.
         CASE WHEN regexp_matches(rest, '^/.*\|/') THEN regexp_extract(rest, '^(.*)\|(/.*)$', ['first', 'second'])
              WHEN len(str_split(rest, '|')) = 2 THEN regexp_extract(rest, '^([^|]*)\|([^|]*)$', ['first', 'second']) ELSE {'first': rest, 'second': NULL} END AS pair,
         TRY(o.mask::BIGINT) AS mask
  FROM sorted),
acted AS (
  SELECT *,
         CASE kind
           WHEN 'vfs' THEN
             CASE WHEN op IN ('pread', 'read', 'pread_recv', 'pread_send', 'sendfile', 'readlink', 'readlinkat', 'aio_read', 'preadv') THEN 'read'
                  WHEN op IN ('pwrite', 'write', 'pwrite_recv', 'pwrite_send', 'recvfile', 'ftruncate', 'truncate', 'fallocate', 'aio_write', 'set_dos_attributes', 'fset_dos_attributes',
                              'setxattr', 'lsetxattr', 'fsetxattr', 'removexattr', 'lremovexattr', 'fremovexattr', 'ntimes', 'fntimes', 'utime', 'chflags', 'fchflags', 'set_compression',
                              'rename', 'renameat') THEN 'update'
                  WHEN op IN ('unlink', 'unlinkat', 'rmdir') THEN 'delete'
                  WHEN op IN ('mkdir', 'mkdirat', 'mknod', 'mknodat', 'link', 'linkat', 'symlink', 'symlinkat') THEN 'create'
                  WHEN op IN ('opendir', 'fdopendir', 'readdir') THEN 'search'
                  WHEN op IN ('chmod', 'fchmod', 'chmod_acl', 'fchmod_acl', 'chown', 'fchown', 'lchown', 'set_nt_acl', 'fset_nt_acl') OR op LIKE 'sys_acl_set%' OR op LIKE 'sys_acl_delete%' THEN 'grant'
                  WHEN op LIKE 'offload_write%' OR op LIKE 'copy_chunk%' THEN 'copy'
                  WHEN op = 'connect' THEN 'share'
                  WHEN op IN ('open', 'openat') THEN CASE WHEN o.how LIKE '%w%' THEN 'update' ELSE 'read' END
                  WHEN op = 'create_file'
                  THEN CASE WHEN o.how = 'create' THEN 'create' WHEN o.how LIKE 'overwrite%' OR o.how = 'supersede' THEN 'update'
                            WHEN o.what = 'dir' THEN CASE WHEN mask & 1 > 0 OR mask & 2147483648 > 0 THEN 'search' ELSE 'other' END
                            WHEN mask & (2 + 4 + 1073741824 + 268435456) > 0 THEN 'update'
                            WHEN mask & (1 + 2147483648 + 33554432) > 0 THEN 'read' ELSE 'other' END
                  ELSE 'other' END
           WHEN 'Authentication' THEN 'login' WHEN 'Authorization' THEN 'login' WHEN 'KDC Authorization' THEN 'login' WHEN 'auth' THEN 'login' WHEN 'authz' THEN 'login' WHEN 'tree connect' THEN 'share'
           WHEN 'dsdbChange' THEN coalesce(MAP {'Add': 'create', 'Modify': 'update', 'Delete': 'delete', 'Rename': 'update'}[a.dsdbChange.operation], 'other')
           WHEN 'dsdb' THEN coalesce(MAP {'Add': 'create', 'Modify': 'update', 'Delete': 'delete', 'Rename': 'update'}[h.new_user], 'other')
           WHEN 'passwordChange' THEN 'account_change' WHEN 'password' THEN 'account_change'
           WHEN 'groupChange' THEN CASE a.groupChange.action WHEN 'Removed' THEN 'revoke' ELSE 'grant' END
           WHEN 'group' THEN CASE h.new_user WHEN 'Removed' THEN 'revoke' ELSE 'grant' END
           ELSE 'other' END AS action,
         CASE kind
           WHEN 'vfs' THEN CASE result WHEN 'ok' THEN 'success' ELSE 'failure' END
           WHEN 'Authentication' THEN CASE a.Authentication.status WHEN 'NT_STATUS_OK' THEN 'success' ELSE 'failure' END
           WHEN 'KDC Authorization' THEN CASE a."KDC Authorization".status WHEN 'NT_STATUS_OK' THEN 'success' ELSE 'failure' END
           WHEN 'Authorization' THEN 'success'  -- auth_log.c writes it of successful ones only, as the sentence says
           WHEN 'auth' THEN CASE h.status WHEN 'NT_STATUS_OK' THEN 'success' ELSE 'failure' END
           WHEN 'authz' THEN 'success'
           WHEN 'dsdbChange' THEN CASE a.dsdbChange.status WHEN 'Success' THEN 'success' ELSE 'failure' END
           WHEN 'passwordChange' THEN CASE a.passwordChange.status WHEN 'Success' THEN 'success' ELSE 'failure' END
           WHEN 'groupChange' THEN CASE a.groupChange.status WHEN 'Success' THEN 'success' ELSE 'failure' END
           WHEN 'dsdb' THEN CASE h.status WHEN 'Success' THEN 'success' ELSE 'failure' END
           WHEN 'password' THEN CASE h.status WHEN 'Success' THEN 'success' ELSE 'failure' END
           WHEN 'group' THEN CASE h.status WHEN 'Success' THEN 'success' ELSE 'failure' END
           WHEN 'tree connect' THEN 'success'
           ELSE 'unknown' END AS outcome,
         coalesce(a.Authentication.remoteAddress, a.Authorization.remoteAddress, a."KDC Authorization".remoteAddress, a.dsdbChange.remoteAddress, a.passwordChange.remoteAddress, a.groupChange.remoteAddress, h.addr) AS far,
         coalesce(a.timestamp, nullif(h.clock, ''), nullif(nullif(e.clock, '-'), ''), json_clock) AS spelt
  FROM paired),
placed AS (
  SELECT *,
         CASE WHEN kind = 'vfs' THEN account(user_text)
              WHEN kind = 'Authentication' THEN CASE WHEN filled(a.Authentication.becameAccount) IS NOT NULL THEN {'domain': filled(a.Authentication.becameDomain), 'name': a.Authentication.becameAccount}
                                                     ELSE {'domain': filled(a.Authentication.clientDomain), 'name': filled(a.Authentication.clientAccount)} END
              WHEN kind = 'Authorization' THEN {'domain': filled(a.Authorization.domain), 'name': filled(a.Authorization.account)}
              WHEN kind = 'KDC Authorization' THEN {'domain': filled(a."KDC Authorization".domain), 'name': filled(a."KDC Authorization".account)}
              WHEN kind = 'auth' AND h.new_user <> '' THEN {'domain': filled(h.new_domain), 'name': h.new_user}
              WHEN kind IN ('auth', 'authz') THEN {'domain': filled(h.domain), 'name': filled(h.user)}
              WHEN kind = 'dsdbChange' THEN {'domain': NULL::VARCHAR, 'name': a.dsdbChange.userSid} WHEN kind = 'passwordChange' THEN {'domain': NULL::VARCHAR, 'name': a.passwordChange.userSid}
              WHEN kind = 'groupChange' THEN {'domain': NULL::VARCHAR, 'name': a.groupChange.userSid}
              WHEN kind IN ('dsdb', 'password', 'group', 'tree connect') THEN account(h.user) END AS who,
         regexp_extract(far, '^(?:ipv[46]:)?(.*?)(?::(\d+))?$', ['ip', 'port']) AS peer,
         CASE WHEN regexp_full_match(spelt, '\d{16}') THEN make_timestamptz(try_cast(spelt AS BIGINT))
              WHEN regexp_matches(spelt, '^\w{3}, \d') AND spelt LIKE '% UTC' THEN timezone('UTC', try_strptime(spelt[6:-5], '%d %b %Y %H:%M:%S.%f'))
              ELSE iso_zoned(spelt) END AS instant,
         CASE WHEN regexp_matches(spelt, '^\w{3}, \d') THEN CASE WHEN spelt NOT LIKE '% UTC' THEN try_strptime(regexp_extract(spelt, '^\w{3}, (.*?) \S+$', 1), '%d %b %Y %H:%M:%S.%f') END
              WHEN e.form = 'samba' AND a.timestamp IS NULL THEN try_strptime(spelt, ['%Y/%m/%d %H:%M:%S.%f', '%Y/%m/%d %H:%M:%S'])
              WHEN NOT regexp_matches(spelt, '(Z|[+-]\d\d:?\d\d)$|^\d{16}$') THEN syslog_local(spelt, reference) END AS wall
  FROM acted),
final AS (
  SELECT *, CASE WHEN upper(who.name) = 'ANONYMOUS LOGON' THEN NULL ELSE filled(who.name) END AS actor,
         CASE WHEN kind = 'vfs' THEN address(address_text) ELSE address(peer.ip) END AS ip
  FROM placed)
SELECT position,
       instant AS time, CASE WHEN instant IS NULL THEN wall END AS local_time, spelt AS time_original,
       CASE WHEN instant IS NULL AND regexp_matches(spelt, '^[A-Z][a-z]{2} +\d+ \d\d:') THEN ['year_assumed'] ELSE CAST([] AS VARCHAR[]) END AS time_quality,
       actor AS actor_account, CASE WHEN actor IS NOT NULL THEN who.domain END AS actor_domain,
       coalesce(a.Authorization.sessionId, a.dsdbChange.sessionId, a.passwordChange.sessionId, a.groupChange.sessionId) AS session,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN outcome <> 'success' OR op LIKE '%\_send' ESCAPE '\' THEN 'possible'
            WHEN op IN ('open', 'openat') OR (op = 'create_file' AND o.how NOT IN ('create', 'overwrite', 'overwrite_if', 'supersede')) THEN 'possible'
            WHEN action IN ('read', 'create', 'update', 'delete', 'copy', 'grant', 'revoke', 'account_change') THEN 'content'
            ELSE 'possible' END AS proves,
       CASE WHEN op IN ('rename', 'renameat') AND pair.second IS NOT NULL THEN [{'field': 'path', 'before': pair.first, 'after': pair.second}]
            WHEN kind = 'dsdbChange' AND a.dsdbChange.attributes IS NOT NULL
            THEN list_transform(json_keys(a.dsdbChange.attributes),
                                lambda k: {'field': k, 'before': NULL, 'after': array_to_string(json_extract_string(json_extract(a.dsdbChange.attributes, '$."' || k || '"'), '$.actions[*].values[*].value'), ', ')}) END AS changes,
       CASE WHEN kind = 'vfs' OR kind = 'tree connect' THEN CASE WHEN action = 'share' THEN 6006 WHEN action <> 'other' THEN 1001 END
            WHEN action = 'login' THEN 3002 WHEN kind IN ('dsdbChange', 'dsdb') AND action <> 'other' THEN 3004
            WHEN action = 'account_change' THEN 3007 WHEN action IN ('grant', 'revoke') THEN 3006 END AS class_uid,
       CASE WHEN action = 'share' THEN 14 END AS activity_id,
       CASE WHEN action = 'share' THEN 'share' WHEN kind IN ('dsdbChange', 'dsdb') THEN 'directory object'
            WHEN kind = 'vfs' AND (action <> 'other' OR o.path LIKE '/%') AND o.path <> '' AND op <> 'disconnect'
            THEN CASE WHEN op IN ('mkdir', 'mkdirat', 'rmdir', 'opendir', 'fdopendir', 'chdir', 'readdir') OR o.what = 'dir' THEN 'folder' ELSE 'file' END END AS object_type,
       CASE WHEN kind = 'tree connect' THEN h.new_domain WHEN action = 'share' THEN filled(rest) END AS object_id,
       CASE WHEN kind IN ('dsdbChange') THEN a.dsdbChange.dn WHEN kind = 'dsdb' THEN filled(h.host)
            WHEN kind = 'vfs' AND action <> 'share' THEN CASE WHEN two_names THEN CASE WHEN op LIKE '%link%' THEN coalesce(pair.second, rest) ELSE pair.first END
                                                            WHEN action <> 'other' OR o.path LIKE '/%' THEN nullif(o.path, '') END END AS object_path,
       coalesce(a.passwordChange.dn, a.groupChange.user, CASE kind WHEN 'password' THEN filled(h.host) WHEN 'group' THEN filled(h.new_domain) END) AS target_account,
       coalesce(a.groupChange."group", CASE kind WHEN 'group' THEN filled(h.host) END) AS target_group,
       ip AS src_ip, CASE WHEN kind <> 'vfs' AND ip IS NOT NULL THEN port(peer.port) END AS src_port,
       CASE WHEN kind = 'vfs' THEN CASE WHEN address(machine) IS NULL THEN filled(machine) END WHEN kind = 'tree connect' THEN CASE WHEN address(h.host) IS NULL THEN filled(h.host) END
            ELSE filled(ltrim(coalesce(a.Authentication.workstation, CASE WHEN kind = 'auth' THEN h.host END), '\')) END AS src_host,
       CASE WHEN j IS NOT NULL THEN ltrim(record)
            WHEN a.type IS NOT NULL AND e.form = 'json' THEN text
            ELSE '{' || concat_ws(',', '"pri":' || to_json(nullif(e.pri, '')), '"timestamp":' || to_json(nullif(e.clock, '')), '"host":' || to_json(nullif(e.host, '')), '"program":' || to_json(nullif(e.app, '')),
                                  '"pid":' || to_json(nullif(e.pid, '')), '"operation":' || to_json(op), '"result":' || to_json(result), '"message":' || to_json(text),
                                  '"audit":' || CASE WHEN a.type IS NOT NULL THEN text END) || '}' END AS details
FROM final
