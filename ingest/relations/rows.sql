-- The export's rows as `register_rows` and `staff_rows`: numbers, days and words read, `reject` = `column|reason` where one
-- can't be. A row's protection counts even if the row is a reject: an unread word must not show an address.

CREATE OR REPLACE MACRO rel_date(year, month, day) AS
  try_cast(lpad(year::VARCHAR, 4, '0') || '-' || lpad(month::VARCHAR, 2, '0') || '-' || lpad(day::VARCHAR, 2, '0') AS DATE);
-- A day as 2026-03-01 or 20260301. The register writes month or day 00 where it isn't known: the first day that it can be, or
-- the last one for an end.
CREATE OR REPLACE MACRO rel_day(cell, ending) AS
  list_transform([regexp_extract(cell, '^(\d{4})-?(\d\d)-?(\d\d)$', ['y', 'm', 'd'])],
    lambda p: CASE WHEN p.y = '' THEN NULL
                   WHEN p.m = '00' AND p.d = '00' THEN CASE WHEN ending THEN rel_date(p.y, 12, 31) ELSE rel_date(p.y, 1, 1) END
                   WHEN p.d = '00' THEN CASE WHEN ending THEN last_day(rel_date(p.y, p.m, 1)) ELSE rel_date(p.y, p.m, 1) END
                   ELSE rel_date(p.y, p.m, p.d) END)[1];
CREATE OR REPLACE MACRO rel_plain(cell) AS lower(regexp_replace(trim(cell), '\s+', ' ', 'g'));

CREATE TEMP TABLE register_rows AS
WITH read AS (
  SELECT *,
         pn_declared(number, getvariable('now'))          AS n,
         pn_declared(other_number, getvariable('now'))    AS other,
         pn_declared(relation_number, getvariable('now')) AS related,
         getvariable('relation_words')[lower(relation)]   AS kind,
         list_transform(list_filter(str_split(protected, '|'), lambda w: trim(w) <> ''),
           lambda w: coalesce(getvariable('protected_words')[lower(trim(w))], 'unknown')) AS flags,
         rel_day(moved_in, false) AS since, rel_day(moved_out, true) AS until, rel_day(deceased, true) AS died,
         rel_day(relation_from, false) AS related_since, rel_day(relation_to, true) AS related_until
  FROM register),
linked AS (  -- a number that many persons have had is none of theirs
  SELECT other FROM read WHERE other <> n GROUP BY other HAVING count(DISTINCT n) > 5)
SELECT file, row, n, other, related, kind, since, until, died, related_since, related_until,
       rel_plain(surname) AS surname, rel_plain(property) AS property,
       regexp_replace(coalesce(postal_code, ''), '\D', '', 'g') AS postal_code, coalesce(rel_plain(city), '') AS city,
       coalesce(nullif(regexp_extract(apartment, '^(\d{4})$', 1), ''), regexp_extract(rel_plain(street), '\blgh (\d{4})\b', 1), '') AS apartment,
       regexp_extract(regexp_replace(rel_plain(street), ',? ?\blgh \d{4}\b', ''), '^(.*?)(?: (\d{1,5}) ?([a-zåäö])?)?$', ['name', 'number', 'letter']) AS street,
       coalesce(list_contains(flags, 'yes') OR list_contains(flags, 'unknown'), false) AS protected,
       CASE WHEN number IS NULL THEN 'number|is empty'
            WHEN n IS NULL THEN 'number|is no personal or coordination number'
            WHEN other_number IS NOT NULL AND other IS NULL THEN 'other_number|is no personal or coordination number'
            WHEN other IN (SELECT other FROM linked) THEN 'other_number|stands with more than five persons'
            WHEN moved_in IS NOT NULL AND since IS NULL THEN 'moved_in|want a day, such as 2026-03-01'
            WHEN moved_out IS NOT NULL AND until IS NULL THEN 'moved_out|want a day, such as 2026-03-01'
            WHEN until <= since THEN 'moved_out|is not after moved_in'
            WHEN list_contains(flags, 'unknown') THEN 'protected|a word that isn''t known: the person counts as protected'
            WHEN deceased IS NOT NULL AND died IS NULL THEN 'deceased|want a day, such as 2026-03-01'
            WHEN relation IS NULL AND relation_number IS NOT NULL THEN 'relation|is empty'
            WHEN relation IS NOT NULL AND kind IS NULL THEN 'relation|a word that isn''t known'
            WHEN relation IS NOT NULL AND relation_number IS NULL THEN 'relation_number|is empty'
            WHEN relation_number IS NOT NULL AND related IS NULL THEN 'relation_number|is no personal or coordination number'
            WHEN related = n THEN 'relation_number|is the resident''s own'
            WHEN relation_from IS NOT NULL AND related_since IS NULL THEN 'relation_from|want a day, such as 2026-03-01'
            WHEN relation_to IS NOT NULL AND related_until IS NULL THEN 'relation_to|want a day, such as 2026-03-01'
            WHEN related_until <= related_since THEN 'relation_to|is not after relation_from' END AS reject
FROM read;
DROP TABLE register;

CREATE TEMP TABLE staff_rows AS
SELECT file, row, person, n,
       CASE WHEN person IS NULL THEN 'person|is empty'
            -- It is kept in clear, so it must not be what the tokens hide.
            WHEN pn_declared(person, getvariable('now')) IS NOT NULL THEN 'person|is a personal number'
            WHEN number IS NULL THEN 'number|is empty'
            WHEN n IS NULL THEN 'number|is no personal or coordination number' END AS reject
FROM (SELECT *, pn_declared(number, getvariable('now')) AS n FROM staff);
DROP TABLE staff;
