-- mapping:  postgresql
-- reads:    PostgreSQL's server log: stderr with a prefix, csvlog (23 to 26 columns; as JSON, too: CloudNativePG) and jsonlog; connections, statements, errors, and pgaudit
-- source:   postgresql.org documentation 9.6 to 18, "Error Reporting and Logging" (log_line_prefix, csvlog, jsonlog); pgaudit README, "Format";
--           src/backend: postmaster.c, libpq/auth.c, utils/init/postinit.c, tcop/postgres.c for the sentences
-- decoders: ndjson, csv, lines
-- start:    [^\t]
-- columns:  22
-- params:   log_line_prefix TEXT (of postgresql.conf) = '%m [%p] '
-- proved:   PostgreSQL 15.20 with pgaudit 1.7.0, all three formats; csvlog of other versions, syslog and durations: from documentation
-- traps:    user and database stand in the prefix only; a line that the declared prefix doesn't fit is read by the look of its head; a statement
--           goes on over lines that begin with a tab; `[unknown]` is nobody; with lc_messages = sv_SE severities and sentences are Swedish; DETAIL, HINT, CONTEXT and STATEMENT lines are records of their own
--           in stderr; log_statement and pgaudit write before the result is known; statements may hold personal data and passwords; of zone
--           names UTC, GMT and those of one meaning (CET, CEST, EET, EST …) are read, another, such as CST, is taken as the source's zone
WITH columned AS (
  -- A csvlog's columns by name: CloudNativePG has them in `record`, pgaudit's among them as `audit`; some shippers at the top.
  SELECT *, CASE WHEN fields IS NULL AND contains(record, '"log_time"') THEN TRY(coalesce(json_extract(record, '$.record'), record::JSON)) END AS row FROM raw),
named AS (
  SELECT position, record, fields, reference,
         CASE WHEN row IS NULL THEN record
              ELSE to_json({'timestamp': row ->> '$.log_time', 'user': row ->> '$.user_name', 'dbname': row ->> '$.database_name', 'pid': row ->> '$.process_id', 'session_id': row ->> '$.session_id',
                            'remote_host': nullif(regexp_extract(row ->> '$.connection_from', '^(.*?)(?::\d+)?$', 1), ''), 'remote_port': nullif(regexp_extract(row ->> '$.connection_from', ':(\d+)$', 1), ''),
                            'error_severity': row ->> '$.error_severity', 'statement': row ->> '$.query', 'application_name': row ->> '$.application_name',
                            'message': CASE WHEN json_type(row, '$.audit') = 'OBJECT'
                                            THEN 'AUDIT: ' || array_to_string(list_transform(json_extract_string(row, ['$.audit.audit_type', '$.audit.statement_id', '$.audit.substatement_id', '$.audit.class', '$.audit.command',
                                                                '$.audit.object_type', '$.audit.object_name']), lambda x: coalesce(x, '')), ',')
                                                 || ',"' || replace(coalesce(row ->> '$.audit.statement', ''), '"', '""') || '",'
                                            ELSE row ->> '$.message' END})::VARCHAR END AS told_record
  FROM columned),
opened AS (
  SELECT position, record, fields, reference,
         CASE WHEN fields IS NOT NULL THEN from_json(fields, '{"1":"VARCHAR","2":"VARCHAR","3":"VARCHAR","4":"VARCHAR","5":"VARCHAR","6":"VARCHAR","12":"VARCHAR","13":"VARCHAR","14":"VARCHAR","20":"VARCHAR","23":"VARCHAR"}') END AS c,
         CASE WHEN fields IS NULL AND starts_with(ltrim(record), '{')
              THEN TRY(from_json(told_record, '{"timestamp":"VARCHAR","user":"VARCHAR","dbname":"VARCHAR","pid":"VARCHAR","remote_host":"VARCHAR","remote_port":"VARCHAR","session_id":"VARCHAR","error_severity":"VARCHAR","message":"VARCHAR","statement":"VARCHAR","application_name":"VARCHAR","log":"VARCHAR","textPayload":"VARCHAR","properties":{"message":"VARCHAR","timestamp":"VARCHAR"}}')) END AS j
  FROM named),
wanted AS (SELECT list_filter(regexp_extract_all($log_line_prefix, '%-?\d*([a-zA-Z])', 1), lambda x: x <> 'q') AS letters),
lines AS (
  SELECT *, CASE WHEN c IS NOT NULL OR j.error_severity IS NOT NULL THEN NULL WHEN j IS NOT NULL THEN coalesce(j.message, j.log, j.textPayload, j.properties.message, '') ELSE record END AS line
  FROM opened CROSS JOIN wanted),
split AS (
  SELECT *,
         -- The declared prefix as a regular expression with a group for each of its letters; what follows %q may be missing.
         CASE WHEN line IS NOT NULL AND len(letters) < 8
              THEN str_split(regexp_replace(line, '^' || replace(regexp_replace(regexp_replace(regexp_replace(
             regexp_replace(regexp_replace($log_line_prefix, '([\\.\[\](){}+*?^$|])', '\\\1', 'g'), '%q(.*)$', '(?:\1)?'),
             '%-?\d*[mts]', '(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?: (?:[A-Za-z]{1,5}|[+-]\\d\\d(?::?\\d\\d)?))?)', 'g'), '%-?\d*[plxPLn]', '([\\d.]*)', 'g'), '%-?\d*[a-zA-Z]', '(.*?)', 'g'), '%%', '%')
             || '([A-ZÅÄÖ]+\d?):\s+((?s:.*))$',
                                            array_to_string(list_transform(range(1, len(regexp_extract_all($log_line_prefix, '%-?\d*[a-pr-zA-Z]')) + 3), lambda i: '\' || i), chr(31))), chr(31)) END AS found,
         CASE WHEN len(found) = len(letters) + 2 THEN found END AS g,
         -- Else the head is what stands before the severity, read by its look.
         coalesce(CASE WHEN known.severity <> '' THEN known END,
                  -- another language's word has two blanks after its colon
                  regexp_extract(line, '^((?s:.*?))([^\s:\[\](),=-]+):  ((?s:.*))$', ['head', 'severity', 'message'])) AS s
  FROM (SELECT *, regexp_extract(line, '^((?s:.*?))\b(DEBUG[1-5]?|LOGG?|INFO|NOTICE|NOTIS|WARNING|VARNING|ERROR|FEL|FATALT?|PANIC|PANIK|DETAIL|DETALJ|HINT|TIPS|QUERY|FRÅGA|CONTEXT|KONTEXT|LOCATION|PLATS|STATEMENT|SATS):\s+((?s:.*))$', ['head', 'severity', 'message']) AS known
        FROM lines)),
parts AS (
  SELECT position, record, fields, reference, c, j, line, s, g IS NOT NULL AS fits,
         CASE WHEN g IS NOT NULL THEN coalesce(g[list_position(letters, 'm')], g[list_position(letters, 't')], g[list_position(letters, 'n')])
              ELSE coalesce(nullif(regexp_extract(s.head, '\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[A-Z]{3,5}|[+-]\d\d(?::?\d\d)?))?'), ''),
                            nullif(regexp_extract(s.head, '^(?:<\d+>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)', 1), ''), nullif(regexp_extract(s.head, '\b(\d{10}\.\d{3})\b', 1), ''),
                            nullif(regexp_extract(line, '^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[A-Z]{3,5}|[+-]\d\d(?::?\d\d)?))?'), '')) END AS clock,
         CASE WHEN g IS NOT NULL THEN g[list_position(letters, 'p')] ELSE nullif(regexp_extract(s.head, '\[(\d+)(?:-\d+)?\]', 1), '') END AS pid,
         CASE WHEN g IS NOT NULL THEN g[list_position(letters, 'u')]
              ELSE coalesce(nullif(regexp_extract(s.head, '\buser=([^,\s]*)', 1), ''), regexp_extract(s.head, '([^\s@:,=]+)@(?:\[unknown\]|[^\s@:,=\[\]]+)', 1)) END AS account,
         CASE WHEN g IS NOT NULL THEN g[list_position(letters, 'd')]
              ELSE coalesce(nullif(regexp_extract(s.head, '\b(?:db|database)=([^,\s]*)', 1), ''), regexp_extract(s.head, '[^\s@:,=]+@(\[unknown\]|[^\s@:,=\[\]]+)', 1)) END AS base,
         CASE WHEN g IS NOT NULL THEN g[list_position(letters, 'a')] ELSE regexp_extract(s.head, '\b(?:app|application)=([^,]*?)(?:,|\s+\w+=|\s+[\w.:-]+\(\d+\)|\s*$)', 1) END AS app,
         CASE WHEN g IS NOT NULL THEN coalesce(g[list_position(letters, 'r')], g[list_position(letters, 'h')])
              ELSE coalesce(nullif(regexp_extract(s.head, '\b(?:client|host|remote)=([^,\s]*)', 1), ''), nullif(regexp_extract(s.head, '(?:^|[\s:])([\w.-]+\(\d+\))', 1), ''), regexp_extract(s.head, '\b(?:\d{1,3}\.){3}\d{1,3}\b')) END AS remote,
         CASE WHEN g IS NOT NULL THEN coalesce(g[list_position(letters, 'c')], g[list_position(letters, 'p')]) ELSE nullif(regexp_extract(s.head, '\[(\d+)(?:-\d+)?\]', 1), '') END AS session,
         CASE WHEN g IS NOT NULL THEN g[len(letters) + 1] ELSE s.severity END AS severity,
         CASE WHEN g IS NOT NULL THEN g[len(letters) + 2] WHEN s.severity <> '' THEN s.message ELSE line END AS message
  FROM split),
told AS (
  SELECT position, record, fields, reference, c, j,
         coalesce(c."1", CASE WHEN line IS NULL THEN j.timestamp END, clock, j.timestamp, j.properties.timestamp) AS clock, coalesce(c."4", j.pid, pid) AS pid,
         coalesce(c."2", j.user, account) AS account, coalesce(c."3", j.dbname, base) AS base, coalesce(c."23", j.application_name, app) AS app,
         -- csvlog joins address and port by a colon, IPv6 too; %r by parentheses.
         CASE WHEN c."5" <> '' THEN regexp_extract(c."5", '^(.*?)(?::(\d+))?$', ['host', 'port'])
              ELSE regexp_extract(coalesce(j.remote_host || coalesce('(' || j.remote_port || ')', ''), remote), '^(.*?)(?:\((\d+)\))?$', ['host', 'port']) END AS remote, coalesce(c."6", j.session_id, session) AS session,
         coalesce(c."12", j.error_severity, severity) AS severity, coalesce(c."14", CASE WHEN line IS NULL THEN j.message END, message) AS message, coalesce(c."20", j.statement) AS statement,
         c IS NOT NULL OR j IS NOT NULL OR s.severity <> '' OR fits AS readable
  FROM parts),
-- lc_messages = sv_SE: the sentences that are told apart below, in the words of the Swedish catalogue.
english AS (
  SELECT * EXCLUDE (severity, message), message AS spelt,
         coalesce(MAP {'LOGG': 'LOG', 'FEL': 'ERROR', 'FATALT': 'FATAL', 'PANIK': 'PANIC', 'VARNING': 'WARNING', 'NOTIS': 'NOTICE', 'DETALJ': 'DETAIL', 'TIPS': 'HINT', 'FRÅGA': 'QUERY',
                       'KONTEXT': 'CONTEXT', 'PLATS': 'LOCATION', 'SATS': 'STATEMENT'}[severity], severity) AS severity,
         CASE WHEN severity NOT IN ('LOGG', 'FEL', 'FATALT') THEN said
              WHEN regexp_matches(said, '^(varaktighet:? [\d.]+ ms\s+)?(sats|kör [^:]*): ')
              THEN regexp_replace(regexp_replace(said, '^varaktighet:? ', 'duration: '), '^(duration: [\d.]+ ms\s+)?(sats|kör [^:]*): ', '\1statement: ')
              WHEN regexp_matches(said, '^(anslut|replikeringsanslutning|nedkoppling|pg_hba|ingen rad i pg_hba)')
              THEN regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(said,
                     '^anslutn?ing mottagen: ', 'connection received: '), '^anslutning autentiserad: identitet=', 'connection authenticated: identity='), '^anslutning auktoriserad: ', 'connection authorized: '),
                     '^replikeringsanslutning auktoriserad: ', 'replication connection authorized: '), '^nedkoppling: sessionstid: ', 'disconnection: session time: '), '\bvärd(=| ")', 'host\1'),
                     '\banvändare(=| ")', 'user\1'), ' ?databas=', ' database='), '^(ingen rad i pg_hba.conf|pg_hba.conf avvisar anslutning) för ', 'no pg_hba.conf entry for ')
              ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(said,
                     '^(\S*?)-?autentisering misslyckades för användare ', '\1 authentication failed for user '), '^roll(en)? (".*") (finns inte|existerar inte)$', 'role \2 does not exist'), '^databas(en)? (".*") (finns inte|existerar inte)$', 'database \2 does not exist'),
                     '^roll (".*") tillåts inte logga in', 'role \1 is not permitted to log in'), '^rättighet saknas för (databas|tabell) ', 'permission denied for '),
                     '^parameter (".*") ändrad till ', 'parameter \1 changed to '), '^mottog SIGHUP, läser om', 'received SIGHUP, reloading') END AS message
  FROM (SELECT *, CASE WHEN regexp_matches(message, '^[0-9A-Z]{5}:\s') AND regexp_matches(message, '^[A-Z]{0,4}\d') THEN regexp_replace(message, '^[0-9A-Z]{5}:\s+', '') ELSE message END AS said FROM told)),
kinds AS (
  SELECT *,
         CASE WHEN starts_with(message, 'AUDIT: ') THEN 'audit'
              WHEN starts_with(message, 'connection received: ') THEN 'received'
              WHEN starts_with(message, 'connection authenticated: ') THEN 'authenticated'
              WHEN starts_with(message, 'connection authorized: ') OR starts_with(message, 'replication connection authorized: ') THEN 'authorized'
              WHEN starts_with(message, 'disconnection: ') THEN 'disconnection'
              WHEN severity IN ('DETAIL', 'HINT', 'CONTEXT', 'QUERY', 'LOCATION', 'STATEMENT') THEN 'rest'
              WHEN severity = 'FATAL' AND regexp_matches(message, '(?i)authentication failed for user|^role ".*" (does not exist|is not permitted)|pg_hba\.conf|^database ".*" does not exist|^permission denied for database|^must be (superuser|owner)|^too many connections|^no PostgreSQL user name') THEN 'refused'
              WHEN regexp_matches(message, '^(duration: [\d.]+ ms\s+)?(statement|execute [^:]*|parse [^:]*|bind [^:]*|fastpath function call): ') THEN 'statement'
              WHEN regexp_matches(message, '^parameter ".*" changed to ') THEN 'parameter'
              WHEN starts_with(message, 'received SIGHUP, reloading') THEN 'reload'
              WHEN severity IN ('ERROR', 'FATAL', 'PANIC') THEN 'error' ELSE 'other' END AS kind
  FROM english),
read AS (
  SELECT * REPLACE (CASE WHEN coalesce(base, '') IN ('', '[unknown]') AND kind IN ('authorized', 'disconnection')
                         THEN regexp_extract(message, ' database=(.*?)(?: host=| application_name=| SSL | GSS |$)', 1) ELSE base END AS base),
         CASE WHEN kind = 'audit' THEN regexp_extract(message, '^AUDIT: (SESSION|OBJECT),(\d+),(\d+),([^,]*),([^,]*),([^,]*),("(?:[^"]|"")*"|[^,]*),("(?:[^"]|"")*"|[^,]*)', ['how', 'number', 'sub', 'class', 'command', 'type', 'name', 'sql']) END AS a,
         CASE kind WHEN 'received' THEN regexp_extract(message, 'host=(\S+)(?: port=(\d+))?()', ['host', 'port', 'user'])
                   WHEN 'disconnection' THEN regexp_extract(message, 'user=(.*?) database=.*? host=(\S+)(?: port=(\d+))?', ['user', 'host', 'port'])
                   WHEN 'authenticated' THEN regexp_extract(message, '^connection authenticated: (?:identity|user)="((?:[^"]|"")*)"()()', ['user', 'host', 'port'])
                   WHEN 'authorized' THEN regexp_extract(message, 'user=(.*?)(?: database=.*| application_name=.*| SSL .*)?$()()', ['user', 'host', 'port'])
                   WHEN 'refused' THEN regexp_extract(message, '(?:host "([^"]*)", )?(?:user |role )"([^"]*)"()', ['host', 'user', 'port']) END AS h
  FROM kinds),
stated AS (
  SELECT *,
         ltrim(CASE kind WHEN 'audit' THEN replace(CASE WHEN starts_with(a.sql, '"') THEN a.sql[2:-2] ELSE a.sql END, '""', '"')
                         WHEN 'statement' THEN regexp_replace(message, '^(?:duration: [\d.]+ ms\s+)?(?:statement|execute [^:]*|parse [^:]*|bind [^:]*|fastpath function call): ', '')
                         WHEN 'error' THEN statement END, E' \t\n\r(') AS sql
  FROM read),
worded AS (
  SELECT *, upper(CASE WHEN kind = 'audit' AND a.command <> '' THEN a.command ELSE regexp_extract(sql, '^(?:/\*.*?\*/\s*)?(\w+(?:\s+(?:ROLE|USER|GROUP|SYSTEM))?)', 1) END) AS told_command,
         upper(regexp_extract(sql, '(?i)^\s*(\w+(?:\s+(?:ROLE|USER|GROUP|SYSTEM)\b)?)', 1)) AS word
  FROM stated),
acted AS (
  SELECT *,
         CASE WHEN kind IN ('audit', 'statement', 'error')
              THEN CASE WHEN told_command IS NULL OR told_command = '' THEN 'other'
                        WHEN regexp_matches(word, '^ALTER\s+GROUP$') THEN CASE WHEN regexp_matches(sql, '(?i)\sadd\s+user\s') THEN 'grant' WHEN regexp_matches(sql, '(?i)\sdrop\s+user\s') THEN 'revoke' ELSE 'account_change' END
                        WHEN regexp_matches(told_command, '^CREATE\s+(ROLE|USER|GROUP)$') THEN 'account_create' WHEN regexp_matches(told_command, '^ALTER\s+(ROLE|USER)$') THEN 'account_change'
                        WHEN regexp_matches(told_command, '^DROP\s+(ROLE|USER|GROUP)$') THEN 'account_delete'
                        WHEN starts_with(told_command, 'GRANT') THEN 'grant' WHEN starts_with(told_command, 'REVOKE') THEN 'revoke'
                        WHEN starts_with(told_command, 'ALTER SYSTEM') THEN 'config_change'
                        WHEN told_command = 'COPY' THEN CASE WHEN regexp_matches(sql, '(?i)\bto\s+(stdout|program|'')') THEN 'export' ELSE 'create' END
                        WHEN told_command IN ('SELECT', 'TABLE', 'VALUES', 'WITH', 'FETCH') THEN 'read'
                        WHEN told_command IN ('INSERT', 'SELECT INTO') OR starts_with(told_command, 'CREATE') THEN 'create'
                        WHEN told_command IN ('UPDATE', 'MERGE', 'COMMENT') OR starts_with(told_command, 'ALTER') THEN 'update'
                        WHEN starts_with(told_command, 'DELETE') OR starts_with(told_command, 'TRUNCATE') OR starts_with(told_command, 'DROP') THEN 'delete'
                        WHEN kind = 'error' AND NOT regexp_matches(told_command, '^(EXECUTE|PREPARE|SET|CALL|DO|BEGIN|COMMIT)') THEN 'other'
                        ELSE 'execute' END
              WHEN kind IN ('authenticated', 'authorized', 'refused') THEN 'login' WHEN kind = 'disconnection' THEN 'logout' WHEN kind = 'received' THEN 'connect'
              WHEN kind IN ('parameter', 'reload') THEN 'config_change' ELSE 'other' END AS action,
         CASE WHEN kind IN ('authenticated', 'authorized', 'disconnection', 'parameter') THEN 'success' WHEN kind IN ('refused', 'error') THEN 'failure'
              WHEN kind = 'statement' AND starts_with(message, 'duration: ') THEN 'success' ELSE 'unknown' END AS outcome,
         CASE WHEN kind IN ('audit', 'statement', 'error') THEN regexp_extract(sql, '(?i)^(?:create|alter|drop)\s+(?:role|user|group)\s+(?:if\s+exists\s+)?("(?:[^"]|"")+"|[^\s;,"]+)(?:\s+(?:add|drop)\s+user\s+("(?:[^"]|"")+"|[^\s;,"]+))?', ['role', 'member']) END AS r,
         CASE WHEN kind IN ('audit', 'statement', 'error') THEN regexp_extract(sql, '(?is)^(?:grant|revoke)\s+(?:(?:grant|admin) option for )?(.*?)(?:\s+on\s+(?:table\s+|schema\s+|database\s+|function\s+|sequence\s+)?(.*?))?\s+(?:to|from)\s+(?:role\s+|group\s+)?("(?:[^"]|"")+"|[^\s;,"]+)', ['what', 'object', 'role']) END AS k,
         coalesce(nullif(h.host, ''), nullif(remote.host, '')) AS origin, coalesce(nullif(h.port, ''), nullif(remote.port, '')) AS origin_port,
         regexp_extract(message, '^permission denied for (?:(table|relation|view|schema|function|sequence|database|materialized view) )?(\S+)$', ['type', 'name']) AS denied
  FROM worded),
placed AS (
  SELECT *,
         CASE WHEN regexp_full_match(clock, '\d{10}\.\d+') THEN make_timestamptz((clock::DECIMAL(20, 6) * 1000000)::BIGINT)
              ELSE iso_zoned(CASE WHEN regexp_matches(clock, ' [A-Z]{3,4}$') THEN regexp_replace(clock, ' ([A-Z]{3,4})$', '') || coalesce(
                    MAP {'CET': '+01:00', 'CEST': '+02:00', 'WET': '+00:00', 'WEST': '+01:00', 'BST': '+01:00', 'EET': '+02:00', 'EEST': '+03:00', 'MSK': '+03:00', 'JST': '+09:00', 'EST': '-05:00', 'EDT': '-04:00',
                         'CDT': '-05:00', 'MST': '-07:00', 'MDT': '-06:00', 'PST': '-08:00', 'PDT': '-07:00', 'UTC': 'Z', 'GMT': 'Z'}[regexp_extract(clock, '[A-Z]+$')], '')
                  ELSE regexp_replace(clock, ' ([+-]\d\d(:?\d\d)?)$', '\1') END) END AS instant,
         CASE WHEN clock[1] BETWEEN 'A' AND 'Z' THEN syslog_local(clock, reference) ELSE iso_local(regexp_replace(clock, ' [A-Za-z]{1,5}$', '')) END AS wall,
         trim(coalesce(nullif(r.member, ''), nullif(r.role, ''), nullif(k.role, '')), '"') AS role
  FROM acted)
SELECT position,
       instant AS time, CASE WHEN instant IS NULL THEN wall END AS local_time, clock AS time_original,
       CASE WHEN clock[1] BETWEEN 'A' AND 'Z' THEN ['year_assumed'] ELSE CAST([] AS VARCHAR[]) END AS time_quality,
       coalesce(CASE WHEN account NOT IN ('', '[unknown]') THEN account END, nullif(h."user", '')) AS actor_account,
       nullif(session, '') AS session, action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN outcome = 'success' AND action IN ('read', 'export', 'create', 'update', 'delete', 'grant', 'revoke', 'account_create', 'account_change', 'account_delete', 'config_change') THEN 'content'
            ELSE 'possible' END AS proves,
       CASE WHEN kind = 'parameter' THEN [{'field': regexp_extract(message, '^parameter "(.*?)"', 1), 'before': NULL, 'after': regexp_extract(message, ' changed to "(.*)"', 1)}] END AS changes,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN action = 'connect' THEN 4001 WHEN action IN ('account_create', 'account_change', 'account_delete') THEN 3007
            WHEN action IN ('grant', 'revoke') THEN 3006 WHEN action = 'config_change' OR action = 'other' THEN NULL ELSE 6005 END AS class_uid,
       CASE WHEN kind = 'audit' AND a.type <> '' THEN lower(a.type) WHEN denied.name <> '' AND kind = 'error' THEN coalesce(nullif(denied.type, ''), 'object')
            WHEN action IN ('grant', 'revoke') AND k.object <> '' THEN 'object'
            WHEN action IN ('login', 'logout') AND base NOT IN ('', '[unknown]') THEN 'database' END AS object_type,
       CASE WHEN action IN ('login', 'logout') AND base NOT IN ('', '[unknown]') THEN base END AS object_id,
       CASE WHEN kind = 'audit' AND a.name <> '' THEN CASE WHEN starts_with(a.name, '"') THEN replace(a.name[2:-2], '""', '"') ELSE a.name END WHEN denied.name <> '' AND kind = 'error' THEN trim(denied.name, '"') WHEN action IN ('grant', 'revoke') THEN filled(k.object) END AS object_path,
       CASE WHEN action IN ('account_create', 'account_change', 'account_delete', 'grant', 'revoke') THEN replace(role, '""', '"') END AS target_account,
       CASE WHEN action IN ('grant', 'revoke') THEN CASE WHEN r.member <> '' THEN trim(r.role, '"') WHEN k.object = '' THEN nullif(trim(k.what, '"'), '') END END AS target_group,
       address(origin) AS src_ip, CASE WHEN address(origin) IS NOT NULL THEN port(origin_port) END AS src_port,
       CASE WHEN address(origin) IS NULL AND origin NOT IN ('[local]', '[unknown]', '???') AND NOT regexp_full_match(origin, '[\d.:]+') THEN origin END AS src_host,
       nullif(nullif(app, ''), '[unknown]') AS user_agent,
       CASE WHEN fields IS NOT NULL
            THEN '{' || concat_ws(',', '"log_time":' || to_json(c."1"), '"user_name":' || to_json(nullif(c."2", '')), '"database_name":' || to_json(nullif(c."3", '')), '"process_id":' || to_json(c."4"),
                                  '"connection_from":' || to_json(nullif(c."5", '')), '"session_id":' || to_json(c."6"), '"error_severity":' || to_json(c."12"), '"sql_state_code":' || to_json(c."13"),
                                  '"message":' || to_json(c."14"), '"row":' || fields) || '}'
            WHEN j IS NOT NULL THEN record
            ELSE '{' || concat_ws(',', '"log_time":' || to_json(clock), '"user_name":' || to_json(nullif(account, '')), '"database_name":' || to_json(nullif(base, '')), '"process_id":' || to_json(pid),
                                  '"error_severity":' || to_json(nullif(severity, '')), '"message":' || to_json(spelt), '"line":' || to_json(record)) || '}' END AS details
FROM placed
