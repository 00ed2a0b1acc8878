-- What several mappings say in the same way. Scalar macros; each is loaded into every connection that normalises.
-- DuckDB writes a macro's argument out at each place that names it, and makes ready every piece of a statement for every batch
-- (measured: 10 to 50 µs a function, 100 a pattern). So a long argument is bound once, by a lambda over a list of one.

-- An empty field, by the signs that logs use for "nothing here".
CREATE OR REPLACE MACRO filled(value) AS
  CASE WHEN value IN ('', '-', '(null)', 'null', 'N/A') THEN NULL ELSE value END;

-- An IP address, without brackets and zone index. IPv4-mapped is dotted; words for "no address" are NULL, and so is what isn't an address.
CREATE OR REPLACE MACRO address_v4(value) AS
  CASE WHEN regexp_full_match(value, '(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}') THEN nullif(value, '0.0.0.0') END;
CREATE OR REPLACE MACRO address(value) AS
  CASE WHEN NOT contains(value, ':') THEN address_v4(value)
       WHEN regexp_matches(value, '(?i)^\[?::ffff:\d+\.\d+\.\d+\.\d+(%[^\]]*)?\]?$')
       THEN nullif(regexp_extract(value, '\d+\.\d+\.\d+\.\d+'), '0.0.0.0')
       WHEN regexp_full_match(value, '\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:?[0-9A-Fa-f.:]*(%[^\]]*)?\]?')
       THEN nullif(lower(regexp_replace(value, '(^\[)|(%[^\]]*)|(\]$)', '', 'g')), '::') END;

-- An address that may carry a port: 192.0.2.1:443, [2001:db8::1]:443, or a bare one. Gives STRUCT(ip, port).
CREATE OR REPLACE MACRO address_port(value) AS
  CASE WHEN regexp_full_match(value, '\d+\.\d+\.\d+\.\d+') THEN {'ip': address_v4(value), 'port': NULL::INTEGER}
       ELSE list_transform(list_transform(
              [CASE WHEN contains(value, ':') THEN regexp_extract(value, '^(?:(\d+\.\d+\.\d+\.\d+)|\[(.*)\]):(\d{1,5})$', ['four', 'six', 'port']) END],
              lambda a: {'host': CASE WHEN a.port <> '' THEN a.four || a.six ELSE value END, 'port': try_cast(a.port AS INTEGER)}),
              lambda a: {'ip': address(a.host), 'port': a.port})[1] END;

-- A port, where 0 and words mean none.
CREATE OR REPLACE MACRO port(value) AS nullif(try_cast(value AS INTEGER), 0);

-- An account as the record spells it: DOMAIN\user is split, a UPN stays whole. Gives STRUCT(domain, name).
CREATE OR REPLACE MACRO account(value) AS
  CASE WHEN contains(value, '\') AND regexp_full_match(value, '[^\\@/]+\\[^\\]+')
       THEN CASE WHEN upper(value) = 'NT AUTHORITY\ANONYMOUS LOGON' THEN {'domain': NULL, 'name': NULL}
                 ELSE {'domain': split_part(value, '\', 1), 'name': split_part(value, '\', 2)} END
       ELSE {'domain': NULL, 'name': CASE WHEN upper(value) <> 'ANONYMOUS LOGON' THEN filled(value) END} END;

-- A local wall-clock time in a zone: a name (Europe/Stockholm) or an offset (-02:00). The repeated hour is the later
-- instant, the missing hour takes the offset before the jump (both are what ICU gives; tests hold it). For the pipeline.
CREATE OR REPLACE MACRO local_instant(local, zone) AS
  CASE WHEN zone IN ('Z', 'UTC') THEN timezone('UTC', local)
       WHEN regexp_full_match(zone, '[+-]\d\d:?\d\d')
       THEN timezone('UTC', local) - (CASE WHEN zone[1] = '-' THEN -1 ELSE 1 END)
            * (try_cast(zone[2:3] AS INTEGER) * 60 + try_cast(right(zone, 2) AS INTEGER)) * INTERVAL 1 MINUTE
       ELSE timezone(zone, local) END;

-- The wall clock of an instant in a zone; without a zone, UTC's. For the pipeline.
CREATE OR REPLACE MACRO wall_clock(instant, zone) AS
  timezone('UTC', instant) + (timezone('UTC', timezone('UTC', instant)) - local_instant(timezone('UTC', instant), coalesce(zone, 'UTC'))) ;

-- What was assumed when a local time was read in a zone. For the pipeline.
CREATE OR REPLACE MACRO local_quality(local, zone) AS
  CASE WHEN zone IS NULL OR local IS NULL THEN CAST([] AS VARCHAR[])
       WHEN zone IN ('Z', 'UTC') OR regexp_full_match(zone, '[+-]\d\d:?\d\d') THEN ['zone_assumed']
       WHEN timezone(zone, timezone(zone, local)) <> local THEN ['zone_assumed', 'nonexistent']
       WHEN timezone(zone, timezone(zone, local) - INTERVAL 1 HOUR) = local THEN ['zone_assumed', 'ambiguous']
       ELSE ['zone_assumed'] END;

-- Times. A mapping gives `time` where the record says which instant, and else `local_time`, the wall clock without zone, which
-- the pipeline places in the source's declared zone. ISO 8601 with T or blank, any number of decimals (point or comma).
-- NULL if it can't be read, or if it has no offset (iso_zoned).
CREATE OR REPLACE MACRO iso_zoned(value) AS
  CASE WHEN regexp_matches(value, '\d\d:\d\d.*(Z|z|UTC|GMT|[+-]\d\d(:?\d\d)?)$')
       THEN coalesce(try_cast(value AS TIMESTAMPTZ),
                     try_cast(regexp_replace(regexp_replace(regexp_replace(replace(value, ',', '.'), '(\.\d{6})\d+', '\1'), ' ?(z|UTC|GMT)$', 'Z'),
                                             ' ?([+-]\d\d):?(\d\d)?$', '\1\2') AS TIMESTAMPTZ)) END;
-- A word or sign behind the clock is a zone that wasn't understood: a cast would drop it and be hours wrong.
CREATE OR REPLACE MACRO iso_local(value) AS
  CASE WHEN NOT regexp_matches(value, '\d:\d\d.*[A-Za-z+-]') THEN coalesce(try_cast(value AS TIMESTAMP), try_cast(regexp_replace(replace(value, ',', '.'), '(\.\d{6})\d+', '\1') AS TIMESTAMP)) END;

-- A year-less time such as 'Mar  1 08:14:07': the latest year that is not more than 25 h after `reference` (raw's wall clock).
-- The mapping then says 'year_assumed' in time_quality.
CREATE OR REPLACE MACRO yearless_in(value, year) AS
  try_strptime(year || ' ' || replace(value, '  ', ' '), ['%Y %b %d %H:%M:%S', '%Y %b %d %H:%M:%S.%f']);
CREATE OR REPLACE MACRO yearless(value, reference) AS
  CASE WHEN yearless_in(value, year(reference + INTERVAL 25 HOUR)) <= reference + INTERVAL 25 HOUR
       THEN yearless_in(value, year(reference + INTERVAL 25 HOUR))
       ELSE coalesce(yearless_in(value, year(reference + INTERVAL 25 HOUR) - 1), yearless_in(value, year(reference + INTERVAL 25 HOUR) - 2),
                     yearless_in(value, year(reference + INTERVAL 25 HOUR) - 3), yearless_in(value, year(reference + INTERVAL 25 HOUR) - 4),
                     yearless_in(value, year(reference + INTERVAL 25 HOUR) - 8)) END;

-- The syslog envelope of a line, RFC 5424 or RFC 3164, with or without <PRI>; ISO times in place of the RFC 3164 ones too.
-- `form` is '5424', '3164' or NULL (a bare message: then `message` is the record). `clock` is the time as spelt.
CREATE OR REPLACE MACRO syslog_envelope(record) AS
  CASE WHEN regexp_matches(record, '^(<\d{1,3}>)?1 (-|\d{4}-\d\d-\d\dT\S+) ')
       THEN struct_insert(regexp_extract(record, '^(?:<(\d{1,3})>)?1 (\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]"\\]|\\.|"(?:[^"\\]|\\.)*")*\])+) ?(?s:(.*))$',
                          ['pri', 'clock', 'host', 'app', 'pid', 'msgid', 'sd', 'message']), form := '5424')
       WHEN regexp_matches(record, '^(<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d (\d{4} )?\d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) ')
       THEN struct_insert(regexp_extract(record, '^(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\S+) (?:(\S+) )?([^\s:\[(]+)(?:\([^)]*\))?(?:\[(\d+)\])?()():? ?(?s:(.*))$',
                          ['pri', 'clock', 'host', 'app', 'pid', 'msgid', 'sd', 'message']), form := '3164')
       ELSE {'pri': regexp_extract(record, '^<(\d{1,3})>', 1), 'clock': '', 'host': '', 'app': '', 'pid': '', 'msgid': '', 'sd': '',
             'message': regexp_replace(record, '^<\d{1,3}>', ''), 'form': NULL::VARCHAR} END;

-- The wall clock of an envelope that has no offset: a year-less one, or an ISO one.
CREATE OR REPLACE MACRO syslog_local(clock, reference) AS
  list_transform([clock], lambda c:
    CASE WHEN c[1] BETWEEN 'A' AND 'Z' THEN coalesce(yearless(c, reference), try_strptime(replace(c, '  ', ' '), '%b %d %Y %H:%M:%S'))
         ELSE iso_local(c) END)[1];

-- Fluentd's file output: time, tag and record with tabs between. The record with `time` and `tag` in it; any other text stays.
CREATE OR REPLACE MACRO fluentd_object(record) AS
  CASE WHEN record[1] = '2' AND contains(record, chr(9) || '{')
       THEN list_transform([regexp_extract(record, '^(\d{4}-\d\d-\d\dT[^\s]+)\t([^\t]+)\t(?s:(\{.*))$', ['time', 'tag', 'object'])],
              lambda t: CASE WHEN json_valid(t.object) THEN json_merge_patch(json_object('time', t.time, 'tag', t.tag), t.object)::VARCHAR ELSE record END)[1]
       ELSE record END;

-- The JSON object that a record's text holds: the text itself, or what stands behind a syslog header. NULL if there is none.
CREATE OR REPLACE MACRO json_object_in(text) AS
  CASE WHEN text[1] = '{' THEN text ELSE nullif(regexp_extract(text, '(?s)\{.*\}'), '') END;

-- Whether a message begins as one that carries several records does.
CREATE OR REPLACE MACRO json_envelope(record) AS regexp_matches(record, '^[^{\[]*(\[\s*\{|\{\s*("@odata|"([Rr]ecords|value)"\s*:\s*\[))');

-- The JSON objects of a record: its own, or each of a message that carries several (Azure's {"records": […]}, Graph's
-- {"value": […]}). [NULL] if there is none. `decoder` is the context's: what came as lines has not been checked yet.
CREATE OR REPLACE MACRO json_objects(record, fields, decoder) AS
  CASE WHEN fields IS NOT NULL THEN [fields::VARCHAR]
       WHEN record[1] = '{' AND decoder <> 'lines' AND NOT json_envelope(record) THEN [record]
       ELSE list_transform([json_object_in(record)], lambda text:
         CASE WHEN decoder = 'lines' AND NOT coalesce(json_valid(text), false) THEN [NULL::VARCHAR]
              WHEN json_envelope(record)
              THEN coalesce(CASE WHEN record[1] = '[' AND json_valid(record) THEN nullif(json_extract(record, '$[*]')::VARCHAR[], []) END,
                            nullif(json_extract(text, '$.records[*]')::VARCHAR[], []),
                            nullif(json_extract(text, '$.Records[*]')::VARCHAR[], []),
                            nullif(json_extract(text, '$.value[*]')::VARCHAR[], []), [text])
              ELSE [text] END)[1] END;

-- A time that is UTC by its source's documentation unless it says otherwise: ISO, a portal's export in US form (3/1/2026, 8:14:07 AM) or Swedish (2026-03-01 08:14:07,123),
-- PowerShell's /Date(…)/, or epoch seconds or milliseconds. NULL if it can't be read.
CREATE OR REPLACE MACRO utc_clock(clock) AS
  coalesce(try_cast(clock AS TIMESTAMPTZ), iso_zoned(clock),
           timezone('UTC', try_strptime(replace(clock, ',', ''), ['%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %I:%M:%S.%f %p', '%m/%d/%Y %H:%M:%S',
                                                                  '%m/%d/%Y %H:%M:%S.%f', '%m/%d/%Y %H:%M', '%m/%d/%Y %I:%M %p'])),
           to_timestamp(try_cast(regexp_extract(clock, '^(?:/Date\()?(\d{13})(?:\)/)?$', 1) AS BIGINT) / 1000),
           to_timestamp(try_cast(regexp_extract(clock, '^\d{10}$') AS BIGINT)), timezone('UTC', iso_local(clock)));

-- A row of a table as MAP, its column names in lower case and without blanks: portals spell them in several ways.
CREATE OR REPLACE MACRO cells(fields) AS
  TRY(map(list_transform(json_keys(fields), lambda k: lower(replace(k, ' ', ''))),
          list_transform(json_keys(fields), lambda k: nullif(trim(json_extract_string(fields, '$."' || k || '"')), ''))));

-- What an Entra ID activity does, by its name (`name` in lower case, without the full stop): the same names stand in the directory's
-- own log and in Microsoft 365's.
CREATE OR REPLACE MACRO entra_action(name) AS
  CASE WHEN name IN ('userloggedin', 'userloginfailed', 'sign-in activity') THEN 'login'
       WHEN regexp_full_match(name, '(bulk create users.*|add user|create user|invite external user|invite internal user.*|add service principal|add agent identity.*|add passwordless user)') THEN 'account_create'
       WHEN regexp_full_match(name, '((hard |permanently |bulk |soft )?delete (external )?users?.*|remove service principal|hard delete service principal|delete service principal)') THEN 'account_delete'
       WHEN regexp_matches(name, '(delegated permission grant|oauth2permissiongrant|app role assignment|consent to application|admin consent|member (to|from|in) |members (to|from) |owner (to|from) |owners (to|from) |eligible member|scoped member|role assignment|role eligib|role assign|to role|from role|entitlement|assigned access|access package assignment|registered (owner|users?) (to|from) )')
       THEN CASE WHEN regexp_matches(name, '^(remove|delete|revoke|deny|end|expire|deactivat)|\((deactivat|expire|removed?)|remove member|delete (app role|role)|assignment removed|revoked') THEN 'revoke'
                 WHEN regexp_matches(name, 'request|approv|review|renew') AND NOT regexp_matches(name, 'completed') THEN 'other'
                 WHEN regexp_matches(name, '^update|polic|setting') THEN 'config_change'
                 ELSE 'grant' END
       WHEN regexp_matches(name, 'revoke') AND regexp_matches(name, 'consent|grant|role|member') THEN 'revoke'
       WHEN regexp_matches(name, '(policy|policies|domain|federation|company|directory setting|tenant|authentication method configuration|authentication strength|named location|trust framework|partner|conditional access|cross-tenant|sign-?in risk|identity provider|feature|security defaults|branding|organization|certificate authority|application proxy|connector|directory sync|synchroni[sz]ation|desktop sso|password protection|lockout|external collaboration|b2c|group lifecycle|settings?)')
            AND NOT regexp_matches(name, '^(get|list|read|view|export|download|evaluat)') AND NOT regexp_matches(name, 'user.*password|evaluat') THEN 'config_change'
       WHEN regexp_matches(name, '(password|strong authentication|security info|mfa|stsrefreshtoken|refresh token|sign-in session|license|user manager|restore user|disable account|enable account|disable user|enable user|update user|update service principal|service principal credential|unlock user|risky user|risk detection|user.*compromised|confirm.*compromised|dismiss user|authentication phone|authentication email|passkey|fido2|temporary access pass|hello for business|phone app)')
       THEN 'account_change'
       WHEN regexp_matches(name, '^(update|set|add|remove|delete).*(application|credential|certificate|key|secret)') THEN
            CASE WHEN name IN ('add application', 'create application') THEN 'create'
                 WHEN regexp_full_match(name, '(hard )?delete application') THEN 'delete' ELSE 'config_change' END
       WHEN regexp_matches(name, '^(export|download|bulk download)') THEN 'export'
       WHEN regexp_matches(name, '^(get|list|search|read|view) ') THEN 'read'
       WHEN regexp_matches(name, '^(add|create|register|bulk add|restore) ') THEN 'create'
       WHEN regexp_matches(name, '^(delete|remove|unregister|hard delete|bulk remove) ') THEN 'delete'
       WHEN regexp_matches(name, '^(update|set|change|disable|enable|edit|rename) ') THEN 'update'
       ELSE 'other' END;

-- Text in which a web server spelt bytes as \xHH (nginx, Apache), or in which a private character stands for \\ and \" (web_access).
-- What doesn't become text so stays as it is spelt.
CREATE OR REPLACE MACRO unescaped(value) AS
  replace(replace(CASE WHEN regexp_matches(value, '\\x[0-9A-Fa-f]{2}')
                       THEN coalesce(TRY(decode(CAST(replace(replace(replace(replace(
                              regexp_replace(value, '\\x([0-9A-Fa-f]{2})', chr(57346) || '\1', 'g'), '\', '\x5C'), chr(57346), '\x'),
                              chr(57344), '\x5C'), chr(57345), '\x22') AS BLOB))), replace(value, '\x22', chr(34)))
                       ELSE value END, chr(57344), '\'), chr(57345), '"');

-- JSON that is a list, one thing in place of a list of one, or nothing, as a list. Gives JSON[].
CREATE OR REPLACE MACRO as_list(value) AS
  CASE WHEN value IS NULL OR json_type(value) = 'NULL' THEN CAST([] AS JSON[])
       WHEN json_type(value) = 'ARRAY' THEN from_json(value, '["JSON"]') ELSE [value] END;
