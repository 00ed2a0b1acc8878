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
  FROM (SELECT position, fluentd_object(record) AS record, reference FROM raw)),
unwrapped AS (
  SELECT position, record, reference, envelope, text,
         -- Text of a log line inside JSON, as shippers and container runtimes carry it.
         CASE WHEN text LIKE '{%' AND regexp_matches(text, '(?i)"(message|log|original|short_message|_raw|raw|line|msg|full_message)" ?: ?"')
              THEN from_json(CASE WHEN json_valid(text) THEN text END, '{"message": "VARCHAR", "log": "VARCHAR", "event": {"original": "VARCHAR"}, "short_message": "VARCHAR", "full_message": "VARCHAR",
                                    "_raw": "VARCHAR", "raw": "VARCHAR", "line": "VARCHAR", "msg": "VARCHAR"}') END AS w
  FROM (SELECT *, CASE WHEN envelope.text LIKE '- %"%' AND clientless THEN regexp_extract(record, '(\S+ - .*)$', 1) ELSE coalesce(nullif(envelope.text, ''), record) END AS text
        FROM (SELECT *, envelope.clock3164 LIKE '____-%' AND NOT contains(envelope.text, '[') AS clientless FROM stripped))),
carried AS (
  SELECT *, CASE WHEN w IS NOT NULL
                 THEN list_filter([w.event.original, w.message, w.log, w.short_message, w.full_message, w._raw, w.raw, w.line, w.msg],
                                  lambda c: regexp_matches(c, '^\S+ .*\[\d\d/[A-Z][a-z]{2}/\d{4}:|^\[\d\d/[A-Z][a-z]{2}/\d{4}:|^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[|^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d |^\{.*"\w*(status|request|remote)\w*" ?:'))[1] END AS inner_text
  FROM unwrapped),
text AS MATERIALIZED (
  SELECT position, reference, CASE WHEN wrapped THEN record END AS record, wrapped, coalesce(CASE WHEN envelope.clock5424 NOT IN ('', '-') THEN envelope.clock5424 END, nullif(envelope.clock3164, '')) AS carrier_clock,
         CASE WHEN envelope.text <> '' THEN left(record, length(record) - length(envelope.text)) END AS envelope,
         -- A quote or backslash that Apache escaped becomes one private character, so that every quote left is a border.
         CASE WHEN slashed THEN replace(replace(line, '\\', chr(57344)), '\"', chr(57345)) ELSE line END AS line, slashed,
         CASE WHEN line LIKE '{%' THEN 'json'
              WHEN line LIKE '____/__/__ %' AND regexp_matches(line, '^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[') THEN 'nginx error'
              WHEN line LIKE '[%' AND regexp_matches(line, '^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d ') THEN 'apache error' ELSE 'access' END AS form,
         CASE WHEN slashed THEN line END AS spelt
  FROM (SELECT *, contains(line, '\') AS slashed, CASE WHEN inner_text IS NULL THEN false ELSE json_valid(record) END AS wrapped
        FROM (SELECT *, CASE WHEN inner_text IS NULL THEN text ELSE rtrim(inner_text, E' \r\n') END AS line FROM carried))),
-- Access lines: cut at the quotes; between them stand request, status and size, referer, user agent.
cut AS (
  SELECT * REPLACE (-- quotes around the words before the clock, and around it
                    CASE WHEN NOT contains(q[1], '[') AND regexp_matches(line, '^(?:[^"\[]*"[^"\[ ]*")+[^"\[]*"?\[\d\d?/')
                         THEN string_split(replace(regexp_extract(line, '^(.*?\[[^\]]+\]"?)', 1), '"', '') || regexp_extract(line, '^.*?\[[^\]]+\]"?(.*)$', 1), '"') ELSE q END AS q)
  FROM (SELECT *, string_split(CASE WHEN contains(line, ' "" [') THEN replace(line, ' "" [', ' - [') ELSE line END, '"') AS q FROM text WHERE form = 'access')),
head AS (
  SELECT *, string_split(CASE WHEN contains(q[1], ', ') AND regexp_matches(q[1], '^\S+, ') THEN regexp_replace(q[1], ', +', ',', 'g') ELSE q[1] END, ' ') AS f,
         regexp_extract(q[3], '^ (\d{3}|-)(?: (\d+|-))?( .*)?$', ['status', 'bytes', 'more']) AS s
  FROM cut),
clocked AS (
  SELECT *, f[-1] = '' AND f[-2] LIKE '%]' AND f[-3] LIKE '[_%' AS plain,
         CASE WHEN NOT (f[-1] = '' AND f[-2] LIKE '%]' AND f[-3] LIKE '[_%')
              THEN regexp_extract(q[1], '^(.*?) ?(?:\[(\d{1,2}/[A-Z][a-z]{2}/\d{4}[^\]]*|\d{4}-\d\d-\d\d[T ][^\]]*|\d{9,}[.\d]*|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [^\]]*)\]|(\d\d/[A-Z][a-z]{2}/\d{4}:\S+ [+-]\d{4})) ?(.*)$',
                                   ['before', 'clock', 'bare', 'after']) END AS odd
  FROM head),
worded AS (
  SELECT *, CASE WHEN plain THEN f[-3][2:] || ' ' || f[-2][:-2] ELSE nullif(odd.clock || odd.bare, '') END AS clock,
         CASE WHEN plain THEN f[:-4]
              WHEN odd.before <> '' THEN string_split(CASE WHEN regexp_matches(odd.before, '^\S+, ') THEN regexp_replace(odd.before, ', +', ',', 'g') ELSE odd.before END, ' ')
              WHEN odd.clock <> '' OR odd.bare <> '' THEN list_filter(string_split(odd.after, ' '), lambda w: w <> '')
              ELSE string_split(trim(q[1]), ' ') END AS w,
         NOT plain AND odd.before = '' AND (odd.clock <> '' OR odd.bare <> '') AS clock_first,
         NOT plain AND regexp_matches(odd.after, '^[A-Z]+ \S+ HTTP/') AS unquoted
  FROM clocked),
placed AS (
  SELECT *,
         -- Where the status doesn't follow the first quoted words: other fields stand between, or quotes in the request aren't escaped.
         CASE WHEN NOT unquoted AND (s.status = '' OR q[5] <> ' ' AND q[5] NOT LIKE ' %')
              THEN regexp_extract('"' || array_to_string(q[2:], '"'), '"([A-Z_-]+ .*?|-?)"(?: +[^ "]+)? +"?(\d{3}|-)"?(?: +"?(\d+|-)"?)?(?: +"((?:[^"]|"[^ ])*)" +"((?:[^"]|"[^ ])*)")?', ['request', 'status', 'bytes', 'referer', 'agent']) END AS l,
         -- which word is the client: a virtual host may stand before it
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
              WHEN len(w) > spot + 2 THEN CASE WHEN clock IS NOT NULL AND w[spot + 2] <> '-' THEN array_to_string(w[spot + 2:], ' ') END
              ELSE w[spot + 2] END AS account,
         CASE WHEN unquoted THEN rtrim(odd.after) WHEN l.status <> '' THEN l.request ELSE q[2] END AS request,
         CASE WHEN unquoted THEN q[2] WHEN l.status <> '' THEN l.status ELSE s.status END AS status,
         CASE WHEN NOT unquoted THEN CASE WHEN l.status <> '' THEN l.bytes ELSE s.bytes END END AS size,
         CASE WHEN l.status <> '' THEN l.referer WHEN len(q) > 5 THEN q[4] END AS referer,
         CASE WHEN l.status <> '' THEN l.agent
              WHEN len(q) > 7 AND q[7] <> '' AND q[7] NOT LIKE ' %' THEN regexp_extract(array_to_string(q[6:], '"'), '^(.*?)"(?: |$)', 1)  -- quotes in it that aren't escaped
              WHEN len(q) > 5 THEN q[6] END AS agent,
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
                     'body_bytes_sent': nullif(size, ''), 'http_referer': referer, 'http_user_agent': agent,
                     'rest': CASE WHEN len(q) > 6 AND coalesce(l.status, '') = '' THEN nullif(trim(array_to_string(q[7:], '"')), '') END,
                     'envelope': envelope, 'line': CASE WHEN NOT usual THEN line END})) END AS fields,
         slashed AND (contains(line, chr(57344)) OR contains(line, chr(57345))) AS restore, slashed AND (restore OR contains(line, '\x')) AS escaped
  FROM named),
-- JSON. What stands in an object of its own (nginx.access, http, request …) is read as if it stood outside; all names in lower
-- case, with _ for - and . and none before. Empty members and dashes are left out.
mended AS (
  SELECT *, CASE WHEN json_valid(json) THEN json END AS good, contains(json, ':{') OR contains(json, ': {') AS nested
  FROM (SELECT *, NOT json_valid(spelt) AS escaped, CASE WHEN json_valid(spelt) THEN spelt ELSE replace(replace(spelt, '\x', '\\x'), ':""""', ':""') END AS json
        FROM (SELECT * REPLACE (coalesce(spelt, line) AS spelt) FROM text) WHERE form = 'json')),
spread AS (
  SELECT *, CASE WHEN nested
                 THEN list_reduce(list_concat(list_filter(json_extract(good, ['$.http', '$.request', '$.httpRequest', '$.nginx', '$.nginx.access', '$.apache.access', '$.apache2.access']),
                                                          lambda c: json_type(c) = 'OBJECT'), [good::JSON]), lambda a, b: json_merge_patch(a, b))::VARCHAR
                 ELSE good END AS flat
  FROM mended),
renamed AS (
  SELECT *, coalesce(TRY(CASE WHEN nested OR regexp_matches(flat, '"(_[\w.-]*|[\w.-]*[A-Z.-][\w.-]*)" ?:')
           THEN '{' || array_to_string(list_transform(list_filter(map_entries(from_json(flat, '"MAP(VARCHAR, VARCHAR)"')), lambda e: NOT (e.value LIKE '{%}')),
                  lambda e: to_json(regexp_replace(replace(replace(lower(e.key), '-', '_'), '.', '_'), '^_', '')) || ':' || coalesce(to_json(e.value), 'null')), ',') || '}'
           END), flat) AS j
  FROM spread),
listed AS (
  SELECT *,
         from_json(CASE WHEN contains(j, ': ""') OR contains(j, ':"-"') OR contains(j, ': "-"')
                        THEN replace(replace(replace(replace(j, ':""', ':null'), ':"-"', ':null'), ': ""', ':null'), ': "-"', ':null')
                        WHEN contains(j, ':""') THEN replace(j, ':""', ':null') ELSE j END, '{"time_iso8601":"VARCHAR","startutc":"VARCHAR","time_local":"VARCHAR","timelocal":"VARCHAR","request_timestamp":"VARCHAR","timestamp":"VARCHAR",
    "@timestamp":"VARCHAR","time":"VARCHAR","datetime":"VARCHAR","date_time":"VARCHAR","event_time":"VARCHAR","eventtime":"VARCHAR","date":"VARCHAR",
    "t":"VARCHAR","msec":"VARCHAR","ts":"VARCHAR","remote_addr":"VARCHAR","remote_ip":"VARCHAR","remoteaddr":"VARCHAR","remoteip":"VARCHAR",
    "remote_address":"VARCHAR","remoteaddress":"VARCHAR","client_ip":"VARCHAR","clientip":"VARCHAR","clienthost":"VARCHAR","client_host":"VARCHAR",
    "source_ip":"VARCHAR","source_address":"VARCHAR","client":"VARCHAR","client_addr":"VARCHAR","clientaddr":"VARCHAR","client_address":"VARCHAR",
    "src_ip":"VARCHAR","srcip":"VARCHAR","c_ip":"VARCHAR","ip":"VARCHAR","ip_address":"VARCHAR","ipaddress":"VARCHAR","realip":"VARCHAR",
    "real_ip":"VARCHAR","a":"VARCHAR","h":"VARCHAR","remote_host":"VARCHAR","remotehost":"VARCHAR","remote":"VARCHAR","x_real_ip":"VARCHAR",
    "http_x_real_ip":"VARCHAR","http_x_forwarded_for":"VARCHAR","x_forwarded_for":"VARCHAR","xff":"VARCHAR","forwarded_for":"VARCHAR","host":"VARCHAR",
    "size":"VARCHAR","remote_port":"VARCHAR","remoteport":"VARCHAR","client_port":"VARCHAR","clientport":"VARCHAR","source_port":"VARCHAR",
    "src_port":"VARCHAR","remote_user":"VARCHAR","remoteuser":"VARCHAR","auth_user":"VARCHAR","authuser":"VARCHAR","auth":"VARCHAR","user_name":"VARCHAR",
    "user":"VARCHAR","username":"VARCHAR","clientusername":"VARCHAR","client_user":"VARCHAR","cs_username":"VARCHAR","user_id":"VARCHAR",
    "userid":"VARCHAR","u":"VARCHAR","request_line":"VARCHAR","requestline":"VARCHAR","first_line":"VARCHAR","http_request":"VARCHAR","request":"VARCHAR",
    "r":"VARCHAR","verb":"VARCHAR","method":"VARCHAR","request_method":"VARCHAR","requestmethod":"VARCHAR","http_method":"VARCHAR","httpmethod":"VARCHAR",
    "http_request_method":"VARCHAR","cs_method":"VARCHAR","m":"VARCHAR","request_uri":"VARCHAR","requesturi":"VARCHAR","url_original":"VARCHAR",
    "uri":"VARCHAR","url":"VARCHAR","request_url":"VARCHAR","requesturl":"VARCHAR","request_path":"VARCHAR","requestpath":"VARCHAR","uri_path":"VARCHAR",
    "url_path":"VARCHAR","http_uri":"VARCHAR","http_url":"VARCHAR","cs_uri_stem":"VARCHAR","path":"VARCHAR","query_string":"VARCHAR",
    "querystring":"VARCHAR","query":"VARCHAR","args":"VARCHAR","uri_query":"VARCHAR","url_query":"VARCHAR","q":"VARCHAR","cs_uri_query":"VARCHAR",
    "status":"VARCHAR","status_code":"VARCHAR","statuscode":"VARCHAR","http_status":"VARCHAR","http_status_code":"VARCHAR",
    "http_response_status_code":"VARCHAR","http_response_code":"VARCHAR","response":"VARCHAR","response_code":"VARCHAR","responsecode":"VARCHAR",
    "response_status":"VARCHAR","responsestatus":"VARCHAR","downstreamstatus":"VARCHAR","sc_status":"VARCHAR","code":"VARCHAR","s":"VARCHAR",
    "http_user_agent":"VARCHAR","useragent":"VARCHAR","user_agent_original":"VARCHAR","user_agent":"VARCHAR","request_user_agent":"VARCHAR",
    "http_useragent":"VARCHAR","agent":"VARCHAR","ua":"VARCHAR","request_id":"VARCHAR","requestid":"VARCHAR","req_id":"VARCHAR","unique_id":"VARCHAR",
    "uniqueid":"VARCHAR","x_request_id":"VARCHAR","http_x_request_id":"VARCHAR"}') AS o,
         CASE WHEN nested THEN from_json(good, '{"source":{"ip":"VARCHAR","address":"VARCHAR","port":"VARCHAR"},"client":{"ip":"VARCHAR","address":"VARCHAR","port":"VARCHAR"},"user":{"name":"VARCHAR"},
           "http":{"request":{"method":"VARCHAR","id":"VARCHAR"},"response":{"status_code":"VARCHAR"}},"url":{"original":"VARCHAR","path":"VARCHAR","query":"VARCHAR"},
           "response":{"status":"VARCHAR","status_code":"VARCHAR"},"user_agent":{"original":"VARCHAR"},"request":{"headers":{"User-Agent":["VARCHAR"]}}}') END AS n
  FROM renamed),
picked AS (
  SELECT position, reference, record, wrapped, carrier_clock, envelope, good, json, escaped,
         list_filter([o.time_iso8601, o.startutc, o.time_local, o.timelocal, o.request_timestamp, o.timestamp, o.time, o.datetime, o.date_time, o.event_time, o.eventtime, o.date, o.t, o.msec, o.ts, o."@timestamp"],
                     lambda v: regexp_matches(v, '\d\d:\d\d:\d\d|^\d{9,}'))[1] AS clock, o.date AS date,
         coalesce(nullif(o.remote_addr, 'unix:'), o.remote_ip, o.remoteaddr, o.remoteip, o.remote_address, o.remoteaddress, o.client_ip, o.clientip, o.clienthost, o.client_host, o.source_ip, n.source.ip,
                  o.source_address, n.source.address, n.client.ip, n.client.address, o.client, o.client_addr, o.clientaddr, o.client_address, o.src_ip, o.srcip, o.c_ip, o.ip, o.ip_address, o.ipaddress, o.realip,
                  o.real_ip, o.a, o.h, o.remote_host, o.remotehost, o.remote, o.x_real_ip, o.http_x_real_ip, o.http_x_forwarded_for, o.x_forwarded_for, o.xff, o.forwarded_for,
                  -- Fluentd and Vector call Apache's client so.
                  CASE WHEN o.code IS NOT NULL AND o.size IS NOT NULL AND o.agent IS NOT NULL OR contains(j, '"identity"') AND o.method IS NOT NULL THEN o.host END) AS client,
         coalesce(o.remote_port, o.remoteport, o.client_port, o.clientport, o.source_port, n.source.port, o.src_port, n.client.port) AS port,
         coalesce(o.remote_user, o.remoteuser, o.auth_user, o.authuser, o.auth, o.user_name, n.user.name, o.user, o.username, o.clientusername, o.client_user, o.cs_username, o.user_id, o.userid, o.u) AS account,
         coalesce(o.request_line, o.requestline, o.first_line, o.http_request, o.request, o.r) AS said,
         coalesce(o.verb, o.method, o.request_method, o.requestmethod, o.http_method, o.httpmethod, o.http_request_method, n.http.request.method, o.cs_method, o.m) AS method,
         coalesce(o.request_uri, o.requesturi, o.url_original, n.url.original, o.uri, o.url, o.request_url, o.requesturl, o.request_path, o.requestpath, o.uri_path, o.url_path, n.url.path, o.http_uri, o.http_url,
                  o.cs_uri_stem, o.path) AS path,
         nullif(coalesce(o.query_string, o.querystring, o.query, o.args, o.uri_query, o.url_query, n.url.query, o.q, o.cs_uri_query), '?') AS query,
         coalesce(o.status, o.status_code, o.statuscode, o.http_status, o.http_status_code, o.http_response_status_code, n.http.response.status_code, o.http_response_code, n.response.status, n.response.status_code,
                  o.response, o.response_code, o.responsecode, o.response_status, o.responsestatus, o.downstreamstatus, o.sc_status, o.code, o.s) AS status,
         coalesce(o.http_user_agent, o.useragent, n.user_agent.original, o.user_agent_original, o.user_agent, o.request_user_agent, o.http_useragent, n.request.headers."User-Agent"[1], o.agent, o.ua) AS agent,
         coalesce(o.request_id, o.requestid, o.req_id, o.unique_id, o.uniqueid, o.x_request_id, o.http_x_request_id, n.http.request.id) AS id
  FROM listed),
from_json AS (
  SELECT position, reference, carrier_clock,
         CASE WHEN date IS NOT NULL AND regexp_matches(clock, '^\d\d:\d\d:\d\d') THEN date || CASE WHEN date LIKE '__/%' THEN ':' ELSE ' ' END || clock ELSE clock END AS clock,
         split_part(client, ',', 1) AS client, port AS src_port, account, CASE WHEN method IS NULL THEN said END AS request, method,
         CASE WHEN regexp_matches(said, '^[A-Z]+ \S') THEN split_part(said, ' ', 2) ELSE coalesce(path, said) END AS whole_path, query, status,
         regexp_replace(agent, '^"(.*)"$', '\1') AS agent, id,
         CASE WHEN good IS NULL THEN 'json: not valid' END AS reject,
         CASE WHEN good IS NULL THEN NULL WHEN envelope IS NULL AND NOT wrapped THEN json
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
              ELSE regexp_extract(spelt, '(?:: |\] )(?:auth_ldap authenticate: )?user (.+?)(?: not found: |: authentication failure for |: password mismatch: | authentication failed; URI )', 1) END AS account
  FROM (SELECT * REPLACE (coalesce(spelt, line) AS spelt) FROM text) WHERE form IN ('nginx error', 'apache error')),
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
  SELECT * REPLACE (CASE WHEN escaped THEN unescaped(request) ELSE request END AS request, CASE WHEN escaped THEN unescaped(account) ELSE account END AS account,
                    CASE WHEN escaped THEN unescaped(agent) ELSE agent END AS agent, CASE WHEN escaped THEN unescaped(path) ELSE path END AS path)
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
            WHEN form = 'apache error' OR regexp_matches(other_clock, '^[A-Z][a-z]{2} [A-Z]') THEN try_strptime(replace(other_clock, '  ', ' '), ['%a %b %d %H:%M:%S.%f %Y', '%a %b %d %H:%M:%S %Y'])
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
       CASE WHEN ip IS NULL AND peer.ip IS NULL AND regexp_full_match(client, '[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?') AND regexp_matches(client, '[A-Za-z]') AND client <> 'unknown' THEN client END AS src_host,
       filled(agent)                                                            AS user_agent,
       details, reject
FROM judged
