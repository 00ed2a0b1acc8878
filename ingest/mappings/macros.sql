-- What several mappings say in the same way. Scalar macros; each is loaded into every connection that normalises.

-- An empty field, by the signs that logs use for "nothing here".
CREATE OR REPLACE MACRO filled(value) AS CASE WHEN value IN ('', '-', '(null)', 'null', 'N/A') THEN NULL ELSE value END;

-- An IP address, without brackets and zone index. IPv4-mapped is dotted; words for "no address" are NULL, and so is what isn't an address.
CREATE OR REPLACE MACRO address(value) AS
  CASE WHEN regexp_full_match(value, '(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}') THEN nullif(value, '0.0.0.0')
       WHEN value LIKE '%:%'
       THEN CASE WHEN regexp_matches(value, '(?i)^\[?::ffff:\d+\.\d+\.\d+\.\d+(%[^\]]*)?\]?$')
                 THEN nullif(regexp_extract(value, '\d+\.\d+\.\d+\.\d+'), '0.0.0.0')
                 WHEN regexp_full_match(value, '\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:?[0-9A-Fa-f.:]*(%[^\]]*)?\]?')
                 THEN nullif(lower(regexp_replace(value, '(^\[)|(%[^\]]*)|(\]$)', '', 'g')), '::') END END;

-- An address that may carry a port: 192.0.2.1:443, [2001:db8::1]:443, or a bare one. Gives STRUCT(ip, port).
CREATE OR REPLACE MACRO address_port(value) AS
  CASE WHEN regexp_full_match(value, '\d+\.\d+\.\d+\.\d+:\d{1,5}')
       THEN {'ip': address(split_part(value, ':', 1)), 'port': try_cast(split_part(value, ':', 2) AS INTEGER)}
       WHEN regexp_full_match(value, '\[.*\]:\d{1,5}')
       THEN {'ip': address(regexp_extract(value, '^\[(.*)\]', 1)), 'port': try_cast(regexp_extract(value, '(\d+)$') AS INTEGER)}
       ELSE {'ip': address(value), 'port': NULL::INTEGER} END;

-- A port, where 0 and words mean none.
CREATE OR REPLACE MACRO port(value) AS nullif(try_cast(filled(value) AS INTEGER), 0);

-- An account as the record spells it: DOMAIN\user is split, a UPN stays whole. Gives STRUCT(domain, name).
CREATE OR REPLACE MACRO account(value) AS
  CASE WHEN filled(value) IS NULL OR upper(value) IN ('ANONYMOUS LOGON', 'NT AUTHORITY\ANONYMOUS LOGON')
       THEN {'domain': NULL::VARCHAR, 'name': NULL::VARCHAR}
       WHEN regexp_full_match(value, '[^\\@/]+\\[^\\]+')
       THEN {'domain': split_part(value, '\', 1), 'name': split_part(value, '\', 2)}
       ELSE {'domain': NULL::VARCHAR, 'name': value} END;

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
                                             ' ?([+-]\d\d)(\d\d)$', '\1:\2') AS TIMESTAMPTZ)) END;
CREATE OR REPLACE MACRO iso_local(value) AS
  coalesce(try_cast(value AS TIMESTAMP), try_cast(regexp_replace(replace(value, ',', '.'), '(\.\d{6})\d+', '\1') AS TIMESTAMP));

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
  CASE WHEN clock[1] BETWEEN 'A' AND 'Z' THEN coalesce(yearless(clock, reference), try_strptime(replace(clock, '  ', ' '), '%b %d %Y %H:%M:%S'))
       ELSE iso_local(clock) END;
