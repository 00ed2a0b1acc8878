-- What questions, detections and explanations query: views of the one table `normalised`, and its Swedish wall clock.

-- Sweden's wall clock in whole hours, counted from 280,000 days (40,000 weeks) before 1970, so that an hour is never below zero
-- (whole-number division rounds towards zero). The clock changes at 01:00 UTC, so an hour is in summer time if the day of the
-- hour before is a bit of `summer_days` (analytics.calendar); other years ask ICU. For ten million rows ICU takes 1.3 s, this
-- 0.1 s (a test compares every hour of 1990-2060). Steps in subqueries: DuckDB would compute an inlined expression several times.
CREATE OR REPLACE TEMP MACRO whole_hour(us) AS ((us + 24192000000000000) // 3600000000)::INTEGER;

-- A text to compare its spelling by: in small letters, without what å, ä, ö and é have beside a, o and e. And how many letters may be
-- changed in a name for it to be spelt almost so: one where it is shorter than six, else two, three from twelve.
CREATE OR REPLACE TEMP MACRO plain_letters(name) AS replace(replace(replace(replace(lower(name), 'å', 'a'), 'ä', 'a'), 'ö', 'o'), 'é', 'e');
CREATE OR REPLACE TEMP MACRO most_changes(name) AS CASE WHEN length(name) >= 12 THEN 3 WHEN length(name) >= 6 THEN 2 ELSE 1 END;

-- What a share is called, by its place (`shared_files`) or by what somebody typed, and which names are one. Windows' paths take / for \, and
-- \\?\, \\.\ and \??\ spell what follows in another way; capitals make no other share there. An address has its scheme and host in small
-- letters. Separators that are doubled are one, but not in an address, where they mean something, nor first in a path: whether
-- //server/share is a server's or a disk's, no path tells.
CREATE OR REPLACE TEMP MACRO of_windows(place) AS regexp_matches(place, '^(?:[A-Za-z]:(?:[/\\]|$)|[^/]*\\)');
CREATE OR REPLACE TEMP MACRO plain_windows(place) AS regexp_replace(regexp_replace(
  replace(place, '/', '\'), '^\\(?:\\[?.]|\?\?)\\+([A-Za-z]:)', '\1'), '^\\(?:\\[?.]|\?\?)\\+(?i:UNC)\\+', '\\\\');
CREATE OR REPLACE TEMP MACRO share_name(place) AS coalesce(nullif(
  CASE WHEN regexp_matches(place, '^[A-Za-z][A-Za-z0-9+.-]+://')
       THEN lower(regexp_extract(place, '^[^/]*//[^/]*')) || rtrim(regexp_replace(place, '^[^/]*//[^/]*', ''), '/')
       WHEN of_windows(place)
       THEN rtrim(CASE WHEN starts_with(plain_windows(place), '\\') THEN '\' ELSE '' END
                  || regexp_replace(plain_windows(place), '\\+', '\\', 'g'), '\')
       ELSE rtrim(CASE WHEN regexp_matches(place, '^//[^/]') THEN '/' ELSE '' END || regexp_replace(place, '/+', '/', 'g'), '/')
  END, ''), '/');
CREATE OR REPLACE TEMP MACRO share_key(place) AS CASE WHEN of_windows(place) THEN lower(share_name(place)) || '\' ELSE share_name(place) END;

-- Events without it: analytics.unasked puts them where a question reads no wall clock, whose columns take half of what it takes
-- to bind `events`.
CREATE OR REPLACE TEMP VIEW clockless_events AS
SELECT shard || '-' || position || '-' || part AS event_id, * EXCLUDE (kind, reason, length)
FROM normalised WHERE kind = 'event';

CREATE OR REPLACE TEMP VIEW events AS
SELECT * EXCLUDE (utc_hour, hour),
       DATE '1970-01-01' + (hour // 24 - 280000)        AS local_day,
       hour % 24                                        AS local_hour,
       (hour // 24 + 3) % 7 + 1                         AS local_weekday  -- 1 = Monday
FROM (SELECT *, CASE WHEN utc_hour > 6947904 AND utc_hour < 7859568  -- 1 January 1996 and 2100
                     THEN utc_hour + 1 + get_bit(getvariable('summer_days'), (utc_hour - 1) // 24 - 289496)
                     ELSE whole_hour(epoch_us(timezone('Europe/Stockholm', time))) END AS hour
      FROM (SELECT *, whole_hour(epoch_us(time)) AS utc_hour FROM clockless_events));

-- Records that could not be read (otolkade poster).
CREATE OR REPLACE TEMP VIEW rejects AS
SELECT shard || '-' || position || '-' || part AS event_id, source, shard, position, received, system, reason, batch
FROM normalised WHERE kind = 'reject';

-- Records that came before; `first_event` names the event that they repeat.
CREATE OR REPLACE TEMP VIEW repeats AS
SELECT shard || '-' || position || '-' || part AS event_id, source, shard, position, received, system, source_event_id,
       reason AS first_event, batch
FROM normalised WHERE kind = 'repeat';

-- What never came, or lies in what can't be read: `length` records from `position` on; NULL = unknown.
CREATE OR REPLACE TEMP VIEW gaps AS
SELECT shard || '-' || position || '-' || part AS event_id, source, shard, position, length, received, reason, batch
FROM normalised WHERE kind = 'gap';

-- By which keys a person is found: `key` (in lower case) is the person's id, or an account that the person held in the
-- period; each row says by which person or account of events to look. Portable, since questions rest on it.
CREATE OR REPLACE TEMP VIEW aliases AS
SELECT lower(p.person) AS key, p.person, CAST(NULL AS TEXT) AS account,
       TIMESTAMPTZ '1601-01-01 00:00:00+00' AS valid_from, CAST(NULL AS TIMESTAMPTZ) AS valid_to
FROM (SELECT person FROM people UNION SELECT person FROM accounts WHERE person IS NOT NULL) AS p
UNION ALL
SELECT lower(a.person), a.person, a.account, a.valid_from, a.valid_to
FROM accounts AS a
WHERE a.person IS NOT NULL
UNION ALL
SELECT lower(k.account), a.person, a.account, greatest(a.valid_from, k.valid_from), least(a.valid_to, k.valid_to)
FROM accounts AS k JOIN accounts AS a ON a.person = k.person
WHERE (k.valid_to IS NULL OR a.valid_from < k.valid_to) AND (a.valid_to IS NULL OR k.valid_from < a.valid_to);

-- Where each employee works, by the directory: the unit, that of an account, and those that the employee heads; each with the row that
-- says so. Portable, since explanations rest on it.
CREATE OR REPLACE TEMP VIEW workplaces AS
SELECT person, unit, 'people' AS relation, row_id, valid_from, valid_to FROM people WHERE unit IS NOT NULL
UNION ALL
SELECT person, unit, 'accounts', row_id, valid_from, valid_to FROM accounts WHERE person IS NOT NULL AND unit IS NOT NULL
UNION ALL
SELECT manager, unit, 'units', row_id, valid_from, valid_to FROM units WHERE manager IS NOT NULL;

-- An event that touches information, once for each person that it is about: `about` is the person whom the record names, or
-- whom the object was about at that time. Portable, since detections and explanations rest on it.
CREATE OR REPLACE TEMP VIEW accesses AS
SELECT e.event_id, e.time, e.batch, e.source, e.system, e.asset, e.k, e.r, e.t, e.controller, e.action, e.outcome, e.proves,
       e.actor_account, e.actor_domain, e.actor_person, e.actor_kind, e.actor_unit, e.actor_role, e.session, e.object_type, e.object_id,
       e.object_path, e.target_account, e.src_ip, e.src_host, e.device, e.purpose, e.local_day, e.local_hour, e.local_weekday,
       coalesce(e.subject, s.subject) AS about
FROM events AS e LEFT JOIN object_subject AS s
  ON e.subject IS NULL AND s.system = e.system AND s.object_id = e.object_id
 AND (s.object_type IS NULL OR s.object_type = e.object_type)
 AND e.time >= s.valid_from AND (s.valid_to IS NULL OR e.time < s.valid_to)
WHERE e.action IN ('read', 'search', 'create', 'update', 'delete', 'copy', 'export', 'print', 'share', 'sign', 'break_glass')
  AND e.source <> 'sparhund';

-- An event about a file or folder, with the `place` where it lies, as its path spells it: what comes first there, which is
-- \\server\share, a drive's first two folders (D:\Shares\HR), the first two of an address or of a server's disk, or the first of a path
-- that begins within a share. A file that lies higher up counts where it lies, a folder as itself. share_name and share_key tell which
-- places are one share: a few thousand of them, where to tell it of each event takes twice as long. What a printer tells is of its queue,
-- and left out.
CREATE OR REPLACE TEMP VIEW shared_files AS
SELECT event_id, time, source, system, asset, k, r, t, controller, action, outcome, proves, actor_account, actor_domain, actor_person,
       actor_unit, object_type, object_id, object_path, src_ip,
       regexp_extract(CASE WHEN lower(object_type) = 'file' THEN object_path ELSE object_path || '/' END,
                      '^(?:\\(?:\\[?.]|\?\?)[/\\]+(?:(?i:UNC)[/\\]+(?:[^/\\]+[/\\]+){1,2}|[A-Za-z]:[/\\]+(?:[^/\\]+[/\\]+){0,2})'
                      || '|[A-Za-z]:[/\\]+(?:[^/\\]+[/\\]+){0,2}'
                      || '|\\\\+(?:[^/\\]+[/\\]+){1,2}|\\(?:[^/\\]+[/\\]+){0,2}'
                      || '|[A-Za-z][A-Za-z0-9+.-]+://(?:[^/]*/){0,3}'
                      || '|//[^/]+/+(?:[^/]+/+)?|/+(?:[^/]+/+){0,2}'
                      || '|[^/\\]+(?:/+|\\+))') AS place
FROM events
WHERE lower(object_type) IN ('file', 'folder', 'share') AND object_path IS NOT NULL AND system IS NOT NULL AND action IS DISTINCT FROM 'print';

-- Who works here, from when until when, and in which unit: by the directory. Without one, the accounts that take part of information.
-- The ranking and the review budget count by it. (The join, unlike a condition, reads no event where there is a directory.)
CREATE OR REPLACE TEMP VIEW employees AS
SELECT person, unit, valid_from, least(valid_to, employed_to) AS valid_to FROM people
UNION ALL
SELECT lower(a.actor_account), max(a.actor_unit), min(a.time), max(a.time) + INTERVAL 1 SECOND
FROM accesses AS a JOIN (SELECT count(*) AS known FROM people HAVING count(*) = 0) AS nobody ON nobody.known = 0
WHERE a.actor_account IS NOT NULL
GROUP BY lower(a.actor_account);

-- What is reviewed: all findings of one employee (account, where the person isn't known) in a month are an item; a finding that is
-- nobody's is one by itself. `finding` is the most urgent that nobody has decided, if there is one. `points` rank it: the highest risk of its findings, and 50 more for each other detection that found something at
-- least half as urgent (unexplained_looks says no more than that it is unexplained, so it adds nothing). `place` is among the
-- municipality's items of the month, `unit_place` among those of the employee's unit: the one that the most urgent finding names, else that
-- of the directory. `staff` and `unit_staff` are how many work there. Portable, since questions rest on it.
CREATE OR REPLACE TEMP VIEW review_items AS
WITH known AS (
  SELECT f.month, coalesce(f.actor_person, f.actor_account, f.finding) AS item, f.finding, f.detection, f.actor_person, f.actor_account,
         coalesce(f.actor_unit, w.unit) AS actor_unit, f.severity, f.handling, f.risk, f.k, f.events, f.explained, f.first, f.last,
         CASE WHEN d.verdict IS NULL THEN 1 ELSE 0 END AS open,
         CASE f.handling WHEN 'at_once' THEN 5 WHEN 'daily' THEN 4 WHEN 'monthly' THEN 3 WHEN 'quarterly' THEN 2 WHEN 'yearly' THEN 1 ELSE 0 END AS haste
  FROM findings AS f
  LEFT JOIN decisions AS d ON d.finding = f.finding
  LEFT JOIN (
    SELECT n.finding, min(p.unit) AS unit
    FROM findings AS n JOIN people AS p
      ON p.person = n.actor_person AND n.last >= p.valid_from AND (p.valid_to IS NULL OR n.last < p.valid_to)
    WHERE n.actor_unit IS NULL
    GROUP BY n.finding) AS w ON w.finding = f.finding
  WHERE f.state = 'found'
),
weighed AS (
  SELECT k.*, max(k.risk) OVER (PARTITION BY k.month, k.item) AS most,
         row_number() OVER (PARTITION BY k.month, k.item ORDER BY k.risk DESC, k.finding) AS urgency,
         row_number() OVER (PARTITION BY k.month, k.item ORDER BY k.open DESC, k.risk DESC, k.finding) AS next
  FROM known AS k
),
items AS (
  SELECT month, item, max(actor_person) AS actor_person, max(CASE WHEN urgency = 1 THEN actor_account END) AS actor_account,
         max(CASE WHEN urgency = 1 THEN actor_unit END) AS actor_unit, max(CASE WHEN next = 1 THEN finding END) AS finding,
         least(1000, max(risk) + 50 * count(DISTINCT CASE WHEN 2 * risk >= most AND detection <> 'unexplained_looks' OR urgency = 1
                                                              THEN detection END) - 50) AS points,
         max(haste) AS haste, max(k) AS k, count(*) AS findings,
         list_sort(list(DISTINCT detection) FILTER (WHERE detection IS NOT NULL)) AS detections,
         CAST(sum(events) AS BIGINT) AS events, CAST(sum(explained) AS BIGINT) AS explained, min(first) AS first_utc, max(last) AS last_utc,
         CAST(sum(open) AS BIGINT) AS open
  FROM weighed
  GROUP BY month, item
),
placed AS (
  SELECT i.*, row_number() OVER (PARTITION BY i.month ORDER BY i.points DESC, i.item) AS place,
         row_number() OVER (PARTITION BY i.month, i.actor_unit ORDER BY i.points DESC, i.item) AS unit_place
  FROM items AS i
)
SELECT p.month, p.item, p.place, p.unit_place, coalesce(m.staff, 0) AS staff, coalesce(u.staff, 0) AS unit_staff, p.actor_unit, p.actor_person,
       p.actor_account, p.points,
       CASE p.haste WHEN 5 THEN 'at_once' WHEN 4 THEN 'daily' WHEN 3 THEN 'monthly' WHEN 2 THEN 'quarterly' WHEN 1 THEN 'yearly' ELSE 'none' END AS handling,
       p.k, p.findings, p.detections, p.events, p.explained, p.first_utc, p.last_utc, p.open, p.finding
FROM placed AS p
LEFT JOIN staff AS m ON m.month = p.month AND m.unit IS NULL
LEFT JOIN staff AS u ON u.month = p.month AND u.unit = p.actor_unit;
