-- What questions, detections and explanations query: views of the one table `normalised`, and its Swedish wall clock.

-- Sweden's wall clock as microseconds since 1970, in whole-number arithmetic: ICU's timezone() costs 1.3 s for ten million
-- rows, this 0.2 s (a test compares every hour of 1990-2060). Summer time between the last Sundays of March and October,
-- 01:00 UTC, as in the EU since 1996; other years ask ICU.
CREATE OR REPLACE TEMP MACRO last_sunday(day) AS day - (day + 4) % 7;
CREATE OR REPLACE TEMP MACRO summer(us, years) AS
  us >= last_sunday(365 * years + (years + 2) // 4 + 89) * 86400000000 + 3600000000
  AND us < last_sunday(365 * years + (years + 2) // 4 + 303) * 86400000000 + 3600000000;
CREATE OR REPLACE TEMP MACRO swedish_us(us) AS
  CASE WHEN us BETWEEN 820454400000000 AND 4102444799999999
       THEN us + CASE WHEN summer(us, (4 * (us // 86400000000) + 2) // 1461) THEN 7200000000 ELSE 3600000000 END
       ELSE epoch_us(timezone('Europe/Stockholm', make_timestamptz(us))) END;

-- Days since 280,000 days (40,000 weeks) before 1970: never below zero, since whole-number division rounds towards zero.
CREATE OR REPLACE TEMP MACRO swedish_day(instant) AS (swedish_us(epoch_us(instant)) + 24192000000000000) // 86400000000;

CREATE OR REPLACE TEMP VIEW events AS
SELECT shard || '-' || position || '-' || part                                   AS event_id,
       * EXCLUDE (kind, reason, length),
       DATE '1970-01-01' + (swedish_day(time) - 280000)::INTEGER                 AS local_day,
       (((swedish_us(epoch_us(time)) + 24192000000000000) // 3600000000) % 24)::INTEGER AS local_hour,
       ((swedish_day(time) + 3) % 7 + 1)::INTEGER                                AS local_weekday  -- 1 = Monday
FROM normalised
WHERE kind = 'event';

-- Records that could not be read (otolkade poster).
CREATE OR REPLACE TEMP VIEW rejects AS
SELECT source, shard, position, received, system, reason, batch FROM normalised WHERE kind = 'reject';

-- Records that came before; `first_event` names the event that they repeat.
CREATE OR REPLACE TEMP VIEW repeats AS
SELECT source, shard, position, received, system, source_event_id, reason AS first_event, batch FROM normalised WHERE kind = 'repeat';

-- Addresses that never came: `length` of them from `position` on; NULL = unknown.
CREATE OR REPLACE TEMP VIEW gaps AS
SELECT source, shard, position, length, received, reason, batch FROM normalised WHERE kind = 'gap';

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
