-- mapping:  web_access
-- reads:    access log lines: NCSA common and combined, with a virtual host first (`%v:%p %h …`), with more fields at the end, with
--           X-Forwarded-For first, Apache's ssl_request_log, cut lines; one JSON object a line under the names that nginx, Apache,
--           Logstash, ECS, Caddy, Traefik and GELF use; all of them bare, behind syslog or a container runtime, or as text inside JSON;
--           and the error logs of nginx and Apache, which often end up in the same file
-- source:   nginx: ngx_http_log_module, ngx_http_core_module (error log); Apache 2.4: mod_log_config, "Log Files", core ErrorLogFormat;
--           RFC 9110 (methods, 201), RFC 4918, 3253 and 5323 (WebDAV), W3C common log file format; ECS http, source, url, user
-- decoders: json_array, lines
-- proved:   real program nginx 1.22.1 and Apache httpd 2.4.71 (Debian): tests/programs/test_nginx.py and test_apache.py
-- traps:    a POST says nothing about what was done (a search, a form, a log-on), so it is 'other' unless $post says what it is in
--           this application; 201 is a create whatever the method. A redirect shows no content, so it proves 'possible'.
--           X-Forwarded-For beside the peer's address is what the client claims: it stays in details.
--           nginx spells quotes \x22 and UTF-8 bytes \xC3\xA5, Apache \" and \xc3\xa5: accounts, paths and user agents are given
--           unescaped, percent signs in paths stay. JSON logged without escape=json holds \x22, which isn't JSON: it is mended, as
--           is Apache's empty account (""""). With escape=json bytes that aren't UTF-8 stay, and make the record a reject.
--           An account with blanks, "" for an empty one (Apache), a request that is "-", empty or TLS bytes.
--           A duration may be called time: only what looks like a time is one. Error logs carry no zone.
-- params:   post TEXT (the action that a POST is in this application) = 'other'
WITH stripped AS (
  SELECT position, record, reference,
         CASE WHEN regexp_matches(record, '^\s*(<\d|[A-Z][a-z]{2} [ \d]\d \d\d:|\d{4}-\d\d-\d\dT|[\w.-]+ +\| |@cee)')
              THEN regexp_extract(record,
                '(?s)^\s*(?:<\d{1,3}>1 (\S+) \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)|[\w.-]+ +\||@cee:'
                || '|(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+)'
                || '(?: std(?:out|err) [FP]| (?:\S+ )?[^\s:\["{]+(?:\[\d+\])?:(?: @cee:)? | [^\s"{:]+|)) ?\x{FEFF}?(.*)$',
                ['clock5424', 'clock3164', 'text'])
              END AS envelope
  FROM raw),
unwrapped AS (
  SELECT position, record, reference, envelope, text,
         -- Text of a log line inside JSON, as shippers and container runtimes carry it.
         CASE WHEN text LIKE '{%' AND regexp_matches(text, '(?i)"(message|log|original|short_message|_raw|raw|line|msg|full_message)" ?: ?"')
              THEN from_json(CASE WHEN json_valid(text) THEN text END, '{"message": "VARCHAR", "log": "VARCHAR", "event": {"original": "VARCHAR"}, "short_message": "VARCHAR", "full_message": "VARCHAR",
                                    "_raw": "VARCHAR", "raw": "VARCHAR", "line": "VARCHAR", "msg": "VARCHAR"}') END AS w
  FROM (SELECT *, coalesce(nullif(envelope.text, ''), record) AS text FROM stripped)),
carried AS (
  SELECT *, CASE WHEN w IS NOT NULL
                 THEN list_filter([w.event.original, w.message, w.log, w.short_message, w.full_message, w._raw, w.raw, w.line, w.msg],
                                  lambda c: regexp_matches(c, '^\S+ .*\[\d\d/[A-Z][a-z]{2}/\d{4}:|^\[\d\d/[A-Z][a-z]{2}/\d{4}:|^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[|^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d |^\{.*"\w*(status|request|remote)\w*" ?:'))[1] END AS inner_text
  FROM unwrapped),
text AS (
  SELECT position, reference, record, CASE WHEN inner_text IS NULL THEN false ELSE json_valid(record) END AS wrapped, coalesce(nullif(envelope.clock5424, '-'), envelope.clock3164) AS carrier_clock,
         CASE WHEN envelope.text <> '' THEN left(record, length(record) - length(envelope.text)) END AS envelope,
         -- A quote or backslash that Apache escaped becomes one private character, so that every quote left is a border.
         CASE WHEN contains(line, '\\') OR contains(line, '\"') THEN replace(replace(line, '\\', chr(57344)), '\"', chr(57345)) ELSE line END AS line,
         CASE WHEN line LIKE '{%' THEN 'json'
              WHEN regexp_matches(line, '^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[') THEN 'nginx error'
              WHEN regexp_matches(line, '^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d ') THEN 'apache error' ELSE 'access' END AS form,
         line AS spelt
  FROM (SELECT *, CASE WHEN inner_text IS NULL THEN text ELSE rtrim(inner_text, E' \r\n') END AS line FROM carried)),
-- Access lines: cut at the quotes; between them stand request, status and size, referer, user agent.
cut AS (
  SELECT *, string_split(CASE WHEN contains(line, ' "" [') THEN replace(line, ' "" [', ' - [') ELSE line END, '"') AS q
  FROM text WHERE form = 'access'),
head AS (
  SELECT *, string_split(CASE WHEN contains(q[1], ', ') THEN regexp_replace(q[1], ', +', ',', 'g') ELSE q[1] END, ' ') AS f,
         regexp_extract(q[3], '^ (\d{3}|-)(?: (\d+|-))?( .*)?$', ['status', 'bytes', 'more']) AS s
  FROM cut),
clocked AS (
  SELECT *, f[-1] = '' AND f[-2] LIKE '%]' AND f[-3] LIKE '[_%' AS plain,
         CASE WHEN NOT (f[-1] = '' AND f[-2] LIKE '%]' AND f[-3] LIKE '[_%')
              THEN regexp_extract(q[1], '^(.*?) ?\[(\d{1,2}/[A-Z][a-z]{2}/\d{4}[^\]]*|\d{4}-\d\d-\d\d[T ][^\]]*|\d{9,}[.\d]*)\] ?(.*)$', ['before', 'clock', 'after']) END AS odd
  FROM head),
worded AS (
  SELECT *, CASE WHEN plain THEN f[-3][2:] || ' ' || f[-2][:-2] ELSE nullif(odd.clock, '') END AS clock,
         CASE WHEN plain THEN f[:-4]
              WHEN odd.before <> '' THEN string_split(regexp_replace(odd.before, ', +', ',', 'g'), ' ')
              WHEN odd.clock <> '' THEN list_filter(string_split(odd.after, ' '), lambda w: w <> '')
              ELSE string_split(trim(q[1]), ' ') END AS w,
         NOT plain AND odd.before = '' AND odd.clock <> '' AS clock_first,
         NOT plain AND regexp_matches(odd.after, '^[A-Z]+ \S+ HTTP/') AS unquoted
  FROM clocked),
placed AS (
  SELECT *, -- which word is the client: a virtual host may stand before it
         CASE WHEN clock_first OR len(w) < 3 OR w[2] = '-' THEN 1
              WHEN len(w) = 3 THEN CASE WHEN regexp_full_match(w[2], '\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*')
                                          AND NOT regexp_full_match(w[1], '\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*') THEN 2 ELSE 1 END
              WHEN w[3] = '-' OR regexp_matches(w[1], ':\d+$') OR regexp_full_match(w[2], '\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*') THEN 2
              ELSE 1 END AS spot
  FROM worded),
named AS (
  SELECT *, split_part(w[spot], ',', 1) AS client,
         CASE WHEN clock_first THEN CASE WHEN w[2] = '-' THEN w[3] END
              WHEN len(w) = 3 AND spot = 2 THEN w[3]
              WHEN len(w) = 2 THEN w[2]
              WHEN w[3] LIKE '[%]' AND w[4] = '-' THEN array_to_string(w[5:], ' ')  -- older Kubernetes ingress: the address twice
              WHEN len(w) > spot + 2 THEN array_to_string(w[spot + 2:], ' ')
              ELSE w[spot + 2] END AS account,
         CASE WHEN unquoted THEN rtrim(odd.after) ELSE q[2] END AS request,
         CASE WHEN unquoted THEN q[2] ELSE s.status END AS status,
         CASE WHEN len(q) > 5 THEN q[6] END AS agent,
         plain AND spot = 1 AND len(w) = 3 AND len(q) <= 7 AND s.status <> '' AND s.more IN ('', ' ')
           AND coalesce(q[5], ' ') = ' ' AND coalesce(q[7], '') = '' AND len(q) <> 5 AS usual
  FROM placed),
access AS (
  SELECT position, reference, carrier_clock, clock, client, NULL::VARCHAR AS src_port, account, request, NULL::VARCHAR AS method, NULL::VARCHAR AS path,
         status, agent, NULL::VARCHAR AS id, 'access' AS form, NULL::VARCHAR AS message,
         CASE WHEN clock IS NULL AND NOT coalesce(regexp_matches(request, '^[A-Z]+ \S+ HTTP/'), false)
              THEN 'line: neither an access nor an error log line' END AS reject,
         CASE WHEN usual AND envelope IS NULL AND NOT wrapped
              THEN CASE WHEN len(q) = 3
                   THEN to_json({'remote_addr': w[1], 'ident': w[2], 'remote_user': w[3], 'time_local': clock, 'request': q[2], 'status': s.status, 'body_bytes_sent': s.bytes})
                   ELSE to_json({'remote_addr': w[1], 'ident': w[2], 'remote_user': w[3], 'time_local': clock, 'request': q[2], 'status': s.status, 'body_bytes_sent': s.bytes,
                                 'http_referer': q[4], 'http_user_agent': q[6]}) END
              ELSE json_merge_patch(CASE WHEN wrapped THEN record ELSE '{}' END, to_json({
                     'vhost': CASE WHEN spot = 2 THEN w[1] END, 'remote_addr': CASE WHEN spot = 2 THEN w[2] ELSE w[1] END,
                     'remote_user': account, 'time_local': clock, 'request': request, 'status': nullif(status, ''),
                     'body_bytes_sent': CASE WHEN NOT unquoted THEN nullif(s.bytes, '') END,
                     'http_referer': CASE WHEN len(q) > 5 THEN q[4] END, 'http_user_agent': agent,
                     'rest': CASE WHEN len(q) > 6 THEN nullif(trim(array_to_string(q[7:], '"')), '') END,
                     'envelope': envelope, 'line': CASE WHEN NOT usual THEN line END})) END AS fields,
         contains(line, chr(57344)) OR contains(line, chr(57345)) AS restore, contains(line, '\x') AS escaped
  FROM named),
-- JSON. Where a name isn't in plain lower case, all are tried so, with _ for - and . and none before.
mended AS (
  SELECT *, json_valid(json) AS valid
  FROM (SELECT *, NOT json_valid(spelt) AS escaped, CASE WHEN json_valid(spelt) THEN spelt ELSE replace(replace(spelt, '\x', '\\x'), ':""""', ':""') END AS json
        FROM text WHERE form = 'json')),
renamed AS (
  SELECT *, CASE WHEN valid THEN coalesce(TRY(CASE WHEN regexp_matches(json, '"(_[\w.-]*|[\w.-]*[A-Z.-][\w.-]*)" ?:')
           THEN '{' || array_to_string(list_transform(map_entries(from_json(json, '"MAP(VARCHAR, VARCHAR)"')),
                  lambda e: to_json(regexp_replace(replace(replace(lower(e.key), '-', '_'), '.', '_'), '^_', '')) || ':'
                            || CASE WHEN e.value LIKE '{%}' AND json_valid(e.value) THEN e.value ELSE coalesce(to_json(e.value), 'null') END), ',') || '}'
           END), json) END AS j
  FROM mended),
listed AS (
  SELECT *,
         json_extract_string(j, ['time_iso8601', 'startutc', 'time_local', 'timelocal', 'request_timestamp', 'timestamp', 'time', 'datetime', 'date_time', 'event_time', 'eventtime', 'date', 't', 'msec', 'ts', '$."@timestamp"']) AS clocks,
         json_extract_string(j, ['remote_addr', 'remote_ip', 'remoteaddr', 'remoteip', 'remote_address', 'remoteaddress', 'client_ip', 'clientip', 'clienthost', 'client_host', '$.source.ip', '$.source.address',
           '$.client.ip', '$.client.address', '$.request.remote_ip', '$.request.remote_addr', '$.request.client_ip', 'client', 'client_addr', 'clientaddr', 'client_address', 'src_ip', 'srcip', 'source_ip', 'source_address',
           'c_ip', 'ip', 'ip_address', 'ipaddress', 'realip', 'real_ip', 'a', 'h', 'remote_host', 'remotehost', 'remote', 'x_real_ip', 'http_x_real_ip', 'http_x_forwarded_for', 'x_forwarded_for', 'xff', 'forwarded_for']) AS clients,
         json_extract_string(j, ['remote_port', 'remoteport', 'client_port', 'clientport', 'source_port', 'src_port', '$.source.port', '$.client.port', '$.request.remote_port']) AS ports,
         json_extract_string(j, ['remote_user', 'remoteuser', 'auth_user', 'authuser', 'auth', '$.user.name', 'user', 'username', 'user_name', 'clientusername', 'client_user', 'cs_username', 'user_id', 'userid', 'u']) AS accounts,
         json_extract_string(j, ['request_line', 'requestline', 'first_line', 'http_request', 'request', 'r']) AS requests,
         json_extract_string(j, ['verb', 'method', 'request_method', 'requestmethod', 'http_method', 'httpmethod', 'http_request_method', '$.http.request.method', '$.request.method', 'cs_method', 'm']) AS methods,
         json_extract_string(j, ['request_uri', 'requesturi', '$.url.original', 'url_original', '$.request.uri', '$.request.url', 'uri', 'url', 'request_url', 'requesturl', 'request_path', 'requestpath', 'uri_path', '$.url.path',
           'url_path', 'http_uri', 'http_url', 'cs_uri_stem', 'path']) AS paths,
         json_extract_string(j, ['query_string', 'querystring', 'query', 'args', 'uri_query', 'url_query', '$.url.query', 'q', 'cs_uri_query']) AS queries,
         json_extract_string(j, ['status', 'status_code', 'statuscode', 'http_status', 'http_status_code', 'http_response_status_code', 'http_response_code', '$.http.response.status_code', '$.response.status', '$.response.status_code',
           'response', 'response_code', 'responsecode', 'response_status', 'responsestatus', 'downstreamstatus', 'sc_status', 'code', 's']) AS states,
         json_extract_string(j, ['http_user_agent', 'useragent', '$.user_agent.original', 'user_agent', 'request_user_agent', 'user_agent_original', 'http_useragent', '$.request.headers."User-Agent"[0]', 'agent', 'ua']) AS agents,
         json_extract_string(j, ['request_id', 'requestid', 'req_id', 'unique_id', 'uniqueid', 'x_request_id', 'http_x_request_id', '$.http.request.id']) AS ids
  FROM renamed),
picked AS (
  SELECT *, list_filter(clocks, lambda v: regexp_matches(v, '\d\d:\d\d:\d\d|^\d{9,}'))[1] AS clock, list_filter(clients, lambda v: v NOT IN ('', '-') AND v NOT LIKE '{%')[1] AS client,
         list_filter(requests, lambda v: v NOT IN ('', '-') AND v NOT LIKE '{%')[1] AS said, list_filter(paths, lambda v: v <> '' AND v NOT LIKE '{%')[1] AS path,
         list_filter(queries, lambda v: v NOT IN ('', '-', '?'))[1] AS query, list_filter(methods, lambda v: v NOT IN ('', '-'))[1] AS method
  FROM listed),
from_json AS (
  SELECT position, reference, carrier_clock, clock, split_part(client, ',', 1) AS client, list_filter(ports, lambda v: v <> '')[1] AS src_port,
         list_filter(accounts, lambda v: v NOT IN ('', '-') AND v NOT LIKE '{%')[1] AS account,
         CASE WHEN method IS NULL THEN said END AS request, method,
         CASE WHEN regexp_matches(said, '^[A-Z]+ \S') THEN split_part(said, ' ', 2) ELSE coalesce(path, said) END AS whole_path, query,
         list_filter(states, lambda v: v NOT IN ('', '-') AND v NOT LIKE '{%')[1] AS status,
         regexp_replace(list_filter(agents, lambda v: v <> '' AND v NOT LIKE '{%')[1], '^"(.*)"$', '\1') AS agent,
         list_filter(ids, lambda v: v NOT IN ('', '-'))[1] AS id,
         CASE WHEN NOT valid THEN 'json: not valid' END AS reject,
         CASE WHEN NOT valid THEN NULL WHEN envelope IS NULL AND NOT wrapped THEN json
              ELSE json_merge_patch(CASE WHEN wrapped THEN record ELSE '{}' END, json_merge_patch(json, to_json({'envelope': envelope}))) END AS fields, escaped
  FROM picked),
error AS (
  SELECT position, reference, carrier_clock, form, spelt, envelope, wrapped, record,
         CASE WHEN form = 'nginx error'
              THEN regexp_extract(spelt, '(?s)^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] (\d+#\d+): (?:\*(\d+) )?(.*)$', ['clock', 'level', 'pid', 'connection', 'message'])
              ELSE regexp_extract(spelt, '(?s)^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] (?:\[([^\]]*)\] )?(?:\[pid ([^\]]*)\] )?()(.*)$', ['clock', 'level', 'pid', 'connection', 'message']) END AS e,
         CASE WHEN form = 'nginx error' THEN regexp_extract(spelt, ', client: ([^,]+)', 1) ELSE regexp_replace(regexp_extract(spelt, '\[(?:client|remote) ([^\]]+)\]', 1), '^([0-9a-f:.]*:[0-9a-f:.]*):(\d+)$', '[\1]:\2') END AS client,
         -- Only a log-on that failed names its account.
         CASE WHEN form = 'nginx error' THEN regexp_extract(spelt, ' user "([^"]*)"(?:: password mismatch| was not found in)', 1)
              ELSE regexp_extract(spelt, ': user (.+?)(?: not found: |: authentication failure for |: password mismatch: )', 1) END AS account
  FROM text WHERE form IN ('nginx error', 'apache error')),
found AS (
  SELECT * EXCLUDE (restore), CASE WHEN restore THEN replace(replace(fields, chr(57344), '\\\\'), chr(57345), '\\\"') ELSE fields END AS details
  FROM (SELECT position, reference, form, coalesce(clock, carrier_clock) AS clock, client, src_port, account, request, method, path, status, agent, id, NULL AS level, reject, fields, restore, escaped FROM access)
  UNION ALL BY NAME
  SELECT position, reference, 'json' AS form, coalesce(clock, carrier_clock) AS clock, client, src_port, account, request, method,
         whole_path || CASE WHEN query NOT IN ('', '-') AND NOT contains(whole_path, '?') THEN CASE WHEN query LIKE '?%' THEN query ELSE '?' || query END ELSE '' END AS path,
         status, agent, id, reject, fields AS details, escaped
  FROM from_json
  UNION ALL BY NAME
  SELECT position, reference, form, coalesce(nullif(e.clock, ''), carrier_clock) AS clock, client, account, regexp_extract(spelt, ', request: "((?:[^"\\]|\\.)*)"', 1) AS request, e.level AS level,
         CASE WHEN e.clock = '' THEN 'line: neither an access nor an error log line' END AS reject,
         json_merge_patch(CASE WHEN wrapped THEN record ELSE '{}' END, to_json({'time': e.clock, 'level': nullif(e.level, ''), 'pid': nullif(e.pid, ''), 'connection': nullif(e.connection, ''),
                                                                              'message': e.message, 'envelope': envelope})) AS details, false AS escaped
  FROM error),
clean AS (
  SELECT * REPLACE (
           CASE WHEN escaped OR contains(request, chr(57345)) OR contains(request, chr(57344)) THEN unescaped(request) ELSE request END AS request,
           CASE WHEN escaped OR contains(account, chr(57345)) OR contains(account, chr(57344)) THEN unescaped(account) ELSE account END AS account,
           CASE WHEN escaped OR contains(agent, chr(57345)) OR contains(agent, chr(57344)) THEN unescaped(agent) ELSE agent END AS agent,
           CASE WHEN escaped THEN unescaped(path) ELSE path END AS path)
  FROM found),
asked AS (
  SELECT * EXCLUDE (method, path, account, r),
         CASE WHEN method IS NOT NULL THEN {'method': method, 'path': path}
              WHEN len(r) = 3 AND regexp_full_match(r[1], '[A-Z][A-Z_-]*') AND r[3] LIKE 'HTTP/%' THEN {'method': r[1], 'path': r[2]}
              ELSE regexp_extract(request, '^([A-Z][A-Z_-]*) (.*?)(?: HTTP/[\d.]+)?$', ['method', 'path']) END AS asked,
         CASE WHEN contains(account, '\') THEN account(account) ELSE {'domain': NULL::VARCHAR, 'name': filled(account)} END AS who,
         CASE WHEN regexp_full_match(status, '[1-5]\d\d') THEN status END AS code,
         address(client) AS ip,
         CASE WHEN clock[3] = '/' THEN try_strptime(clock, '%d/%b/%Y:%H:%M:%S %z') END AS instant
  FROM (SELECT *, string_split(request, ' ') AS r FROM clean)),
judged AS (
  SELECT *, CASE WHEN ip IS NULL AND client <> '-' THEN address_port(client) END AS peer,
         CASE WHEN instant IS NULL AND clock IS NOT NULL THEN trim(clock, '[] ') END AS other_clock,
         CASE WHEN form LIKE '% error' THEN CASE WHEN who.name IS NOT NULL THEN 'login' ELSE 'other' END
              WHEN asked.method IN ('GET', 'HEAD') THEN 'read'
              WHEN asked.method = 'POST' THEN CASE WHEN code = '201' THEN 'create' ELSE $post END
              WHEN asked.method = 'PUT' THEN CASE WHEN code = '201' THEN 'create' ELSE 'update' END
              ELSE coalesce(MAP {'PATCH': 'update', 'PROPPATCH': 'update', 'MOVE': 'update', 'DELETE': 'delete', 'COPY': 'copy', 'MKCOL': 'create', 'MKCALENDAR': 'create',
                                 'PROPFIND': 'search', 'SEARCH': 'search', 'REPORT': 'search', 'QUERY': 'search', 'CONNECT': 'connect'}[asked.method], 'other') END AS action,
         CASE WHEN code[1] IN ('1', '2', '3') THEN 'success' WHEN code[1] IN ('4', '5') THEN 'failure'
              WHEN form LIKE '% error' AND (who.name IS NOT NULL OR regexp_matches(details, '(?i)\b(failed|failure|denied|forbidden|refused|timed out|not found|invalid|does not exist)\b')) THEN 'failure'
              ELSE 'unknown' END AS outcome
  FROM asked)
SELECT position,
       coalesce(instant,
                -- one format a call: given a list with %z, DuckDB reads 31/Feb as 3 March
                CASE WHEN other_clock[3] = '/' THEN coalesce(try_strptime(other_clock, '%d/%b/%Y:%H:%M:%S.%f %z'), try_strptime(other_clock, '%d/%b/%Y:%H:%M:%S %z'))
                     WHEN regexp_full_match(other_clock, '\d{9,10}(\.\d*)?') THEN to_timestamp(try_cast(other_clock AS DOUBLE))
                     WHEN regexp_full_match(other_clock, '\d{13}(\.\d*)?') THEN to_timestamp(try_cast(other_clock AS DOUBLE) / 1e3)
                     WHEN regexp_full_match(other_clock, '\d{16}') THEN to_timestamp(try_cast(other_clock AS DOUBLE) / 1e6)
                     ELSE iso_zoned(other_clock) END)                           AS time,
       CASE WHEN other_clock IS NULL OR regexp_full_match(other_clock, '[\d.]+|.*([+-]\d\d:?\d\d|Z)') THEN NULL
            WHEN other_clock[3] = '/' THEN try_strptime(other_clock, ['%d/%b/%Y:%H:%M:%S', '%d/%b/%Y:%H:%M:%S.%f'])
            WHEN form = 'nginx error' THEN try_strptime(other_clock, '%Y/%m/%d %H:%M:%S')
            WHEN form = 'apache error' THEN try_strptime(replace(other_clock, '  ', ' '), ['%a %b %d %H:%M:%S.%f %Y', '%a %b %d %H:%M:%S %Y'])
            ELSE syslog_local(other_clock, reference) END                       AS local_time,
       clock                                                                    AS time_original,
       CASE WHEN regexp_full_match(other_clock, '[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(\.\d+)?') THEN ['year_assumed'] END AS time_quality,
       id                                                                       AS source_event_id,
       who.name                                                                 AS actor_account,
       who.domain                                                               AS actor_domain,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN outcome = 'success' AND action NOT IN ('search', 'login', 'logout', 'connect', 'execute', 'other')
                 AND (code[1] = '2' OR code = '304') AND asked.method <> 'HEAD' THEN 'content'
            ELSE 'possible' END                                                 AS proves,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN action = 'connect' THEN 4001 WHEN form NOT LIKE '% error' OR request <> '' THEN 6001 END::INTEGER AS class_uid,
       CASE WHEN asked.path <> '' THEN 'url' END                                AS object_type,
       nullif(asked.path, '')                                                   AS object_path,
       coalesce(ip, peer.ip)                                                    AS src_ip,
       coalesce(port(src_port), peer.port)                                      AS src_port,
       CASE WHEN ip IS NULL AND peer.ip IS NULL AND regexp_full_match(client, '[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?') AND regexp_matches(client, '[A-Za-z]') THEN client END AS src_host,
       filled(agent)                                                            AS user_agent,
       details, reject
FROM judged
