-- mapping:  iis_w3c
-- reads:    W3C extended log lines of Internet Information Services: `2026-03-01 08:14:07 10.0.0.1 GET /arende/8812 - 443 AVIKEN\anna …`;
--           its FTP service's and HTTP.sys's (httperr) too; in a forwarder's JSON the line, or its fields by name (NXLog, Azure's AppServiceHTTPLogs)
-- source:   Microsoft Learn "W3C Extended Log File Format (IIS 6.0)", "W3C Logging" and "Enhanced Logging for IIS 8.5" (custom fields);
--           W3C Working Draft WD-logfile-960323 (`#Date`); "The HTTP status codes in IIS 7.0 and later" (401.x, 403.x);
--           "FTP logging"; Azure App Service "Web server logging"; SharePoint "claims encoding" (0#.w|)
-- decoders: w3c
-- proved:   from documentation: date, time, c-ip, cs-username, cs-method, cs-uri-stem, cs-uri-query, sc-status, cs(User-Agent), cs-host
--           → "W3C Logging"; the default orders without a header → "W3C Extended Log File Format (IIS 6.0)" and IIS Manager's defaults
-- traps:    date and time are UTC whatever the log's rollover says; a log may have the time alone, then the `#Date:` line has the day.
--           Without a `#Fields:` line the order is told by where method, port, client and status stand.
--           Blanks are '+' in the user agent; in an address '+' may be a plus, so it stays. A POST says nothing of what was done,
--           so it is 'other' unless $post says what it is in this application. X-Forwarded-For is what the client claims: it stays
--           in details. 401.1 and 401.2 begin every Windows log-on, before the account is known: failures without an actor.
-- params:   post TEXT (the action that a POST is in this application) = 'other'
WITH opened AS (
  -- A forwarder's JSON: the line in a member, or the fields by name (NXLog's as in the header, Azure's CsUriStem …), maybe one level down.
  SELECT position, context.header AS header, record, CASE WHEN record[1] = '{' AND json_valid(record) THEN record::JSON END AS j,
         list_filter(json_extract_string(j, ['$.message', '$.Message', '$.event.original', '$._raw', '$.log', '$.result._raw']), lambda x: regexp_matches(x, '^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[. ]'))[1] AS carried,
         list_filter(list_transform(['$', '$.properties'], lambda place: CASE WHEN json_extract_string(j, place) LIKE '{%' AND json_valid(json_extract_string(j, place)) THEN json_extract_string(j, place) END),
                     lambda x: regexp_matches(x, '(?i)"cs-?uri-?stem"'))[1] AS named
  FROM raw),
cut AS (
  SELECT position, header, j, CASE WHEN carried IS NULL THEN named END AS named,
         trim(regexp_replace(CASE WHEN carried IS NOT NULL THEN carried
                                  WHEN header IS NULL AND record[1] = '<' THEN regexp_extract(record, '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d .*') ELSE record END, '[ \t]+', ' ', 'g')) AS line
  FROM opened),
headed AS (
  SELECT *, string_split(line, ' ') AS f, string_split(trim(regexp_replace(coalesce(split_part(header, chr(10), 1), CASE
         WHEN regexp_matches(line, '^\S+ \S+ \S+ \S+ \S+ [A-Za-z_]+ \S+ \S+ \d+ \S+ [\d.:a-fA-F%]+ HTTP/\S+ \S+ \S+ \S+ \S+ \d{3} ')
         THEN 'date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken'
         WHEN regexp_matches(line, '^\S+ \S+ \S+ [A-Za-z_]+ \S+ \S+ \d+ \S+ [\d.:a-fA-F%]+ \S+ \S+ \S+ \S+ \d{3} \d+ \d+ ')
         THEN 'date time s-sitename cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken'
         WHEN regexp_matches(line, '^\S+ \S+ \S+ \S+ [A-Za-z_]+ \S+ \S+ \d+ \S+ [\d.:a-fA-F%]+ \S+ \d{3} \d+ \d+')
         THEN 'date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status'
         WHEN regexp_matches(line, '^\S+ \S+ [\d.:a-fA-F%]+ [A-Za-z_]+ \S+ \S+ \d+ \S+ [\d.:a-fA-F%]+ \S+ \d{3} \d+ \d+ \d+')
         THEN 'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken'
         WHEN regexp_matches(line, '^\S+ \S+ [\d.:a-fA-F%]+ [A-Za-z_]+ \S+ \S+ \d+ \S+ [\d.:a-fA-F%]+ \S+ \S+ \d{3} \d+ \d+ \d+')
         THEN 'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken'
    END), '[ \t]+', ' ', 'g')), ' ') AS spelt
  FROM cut),
told AS (
  SELECT position, f, header, j, named,
         CASE WHEN named IS NOT NULL THEN NULL
              WHEN spelt IS NULL THEN 'line: no #Fields line, and not the default fields of any version'
              WHEN len(f) < len(spelt) OR (header IS NOT NULL AND len(f) <> len(spelt))
              THEN 'line: want ' || len(spelt) || ' fields, has ' || len(f) END AS reject,
         -- More fields than the version's defaults are custom ones, such as X-Forwarded-For, that only a header names.
         list_transform(f, lambda x, i: coalesce(spelt[i], 'field ' || i)) AS names
  FROM headed),
shaped AS (
  SELECT position, header, reject, CASE WHEN named IS NOT NULL THEN coalesce(j ->> '$.time', j ->> '$.TimeGenerated') END AS sent,
         CASE WHEN j IS NOT NULL THEN j::VARCHAR ELSE '{' || array_to_string(list_transform(list_zip(names, f), lambda e: to_json(e[1]) || ':' || to_json(e[2])), ',') || '}' END AS details,
         from_json(CASE WHEN named IS NOT NULL
                        THEN '{' || array_to_string(list_transform(json_keys(named), lambda k: to_json(coalesce(MAP {'cip': 'c-ip', 'csusername': 'cs-username', 'csmethod': 'cs-method', 'csuristem': 'cs-uri-stem', 'csuriquery': 'cs-uri-query',
                                    'scstatus': 'sc-status', 'csuseragent': 'cs(user-agent)', 'useragent': 'cs(user-agent)', 'cport': 'c-port'}[regexp_replace(lower(k), '[-_()]', '', 'g')], lower(k)))
                                  || ':' || coalesce(to_json(json_extract_string(named, '$."' || k || '"')), 'null')), ',') || '}'
                        ELSE '{' || array_to_string(list_transform(list_zip(names, f), lambda e: to_json(lower(e[1])) || ':' || to_json(e[2])), ',') || '}' END,
           '{"date": "VARCHAR", "time": "VARCHAR", "c-ip": "VARCHAR", "cs-username": "VARCHAR", "cs-method": "VARCHAR", "cs-uri-stem": "VARCHAR",
             "cs-uri-query": "VARCHAR", "sc-status": "VARCHAR", "cs(user-agent)": "VARCHAR", "cs-uri": "VARCHAR", "c-port": "VARCHAR", "x-fullpath": "VARCHAR"}') AS v
  FROM told),
judged AS (
  SELECT position, header, reject, details, v, sent,
         account(regexp_replace(filled(v."cs-username"), '^(i:)?0#\.w\|', '')) AS who, try_cast(v."sc-status" AS INTEGER) AS status,
         CASE WHEN v."sc-status" = '201' AND upper(v."cs-method") IN ('POST', 'PUT') THEN 'create'
              WHEN upper(v."cs-method") = 'POST' THEN $post
              ELSE coalesce(MAP {'GET': 'read', 'HEAD': 'read', 'PUT': 'update', 'PATCH': 'update', 'DELETE': 'delete', 'PROPFIND': 'search', 'SEARCH': 'search',
                                 'REPORT': 'search', 'PROPPATCH': 'update', 'MKCOL': 'create', 'COPY': 'copy', 'MOVE': 'update', 'CONNECT': 'connect',
                                 'RETR': 'export', 'STOR': 'create', 'STOU': 'create', 'MKD': 'create', 'APPE': 'update', 'RNTO': 'update', 'DELE': 'delete', 'RMD': 'delete',
                                 'LIST': 'search', 'NLST': 'search', 'MLSD': 'search', 'PASS': 'login', 'QUIT': 'logout', 'CONTROLCHANNELOPENED': 'connect'}[upper(v."cs-method")], 'other') END AS action
  FROM shaped),
clocked AS (
  SELECT *,
         -- Without a field `date` the day is that of the `#Date:` line above, or the next one where the clock has gone back.
         CASE WHEN v.date IS NULL AND regexp_full_match(v.time, '\d\d:\d\d:\d\d(\.\d+)?') AND begun IS NOT NULL
              THEN strftime(begun + CASE WHEN v.time < strftime(begun - INTERVAL 1 HOUR, '%H:%M:%S') AND begun - INTERVAL 1 HOUR >= date_trunc('day', begun) THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END, '%Y-%m-%d') || ' ' || v.time
              WHEN v.date IS NOT NULL THEN v.date || ' ' || v.time ELSE sent END AS clock,
         CASE WHEN status BETWEEN 100 AND 399 THEN 'success' WHEN status >= 400 THEN 'failure' ELSE 'unknown' END AS outcome
  FROM (SELECT *, try_strptime(split_part(header, chr(10), 2), '%Y-%m-%d %H:%M:%S') AS begun FROM judged))
SELECT position,
       coalesce(timezone('UTC', try_strptime(clock, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M:%S.%f'])), iso_zoned(sent)) AS time,
       coalesce(clock, v.time, v.date, '-')                                  AS time_original,
       who.domain AS actor_domain, who.name                                  AS actor_account,
       action, outcome, reject,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN status = 304 AND action = 'read' THEN 'content'
            WHEN status BETWEEN 300 AND 399 OR action IN ('search', 'connect', 'login', 'logout', 'other') THEN 'possible'
            WHEN upper(v."cs-method") = 'HEAD' THEN 'possible'
            ELSE 'content' END                                               AS proves,
       CASE WHEN action = 'connect' THEN 4001 WHEN action IN ('login', 'logout') THEN 3002 ELSE 6001 END AS class_uid,
       CASE WHEN upper(v."cs-method") IN ('USER', 'PASS') THEN NULL WHEN filled(v."x-fullpath") IS NOT NULL THEN v."x-fullpath"
            WHEN filled(v."cs-uri-stem") IS NULL THEN filled(v."cs-uri")
            ELSE v."cs-uri-stem" || coalesce('?' || filled(v."cs-uri-query"), '') END AS object_path,
       CASE WHEN object_path IS NOT NULL THEN CASE WHEN v."x-fullpath" IS NULL THEN 'url' ELSE 'file' END END AS object_type,
       address(v."c-ip")                                                     AS src_ip,
       port(v."c-port")                                                      AS src_port,
       replace(filled(v."cs(user-agent)"), '+', ' ')                         AS user_agent,
       details
FROM clocked
