-- detection: permission_round_trip
-- severity:  high
-- finds:     a right, role or group that is given to an account and taken away again within $hours hours, while the
--            account, or another of the same person, was used in between. A decided role that is activated for a
--            limited time (PIM), and failed tries, don't count
-- sv_finds:  En behörighet, roll eller grupp som ges till ett konto och tas bort igen inom $hours timmar, om kontot,
--            eller ett annat konto som samma person har, har använts däremellan. Tidsbegränsad aktivering av en
--            beslutad roll (PIM) och misslyckade försök räknas inte.
-- sv:        En behörighet har getts till ett konto, använts och tagits bort igen inom kort tid.
-- en:        A right was given to an account, used and taken away again within a short time.
-- key:       member, given
-- window:    1
-- benign:    a temporary permission after a decision (PIM isn't counted); a wrong assignment that was put right
-- sv_benign: tillfällig behörighet enligt beslut (PIM räknas inte); en felaktig tilldelning som rättades
-- triage:    1 is there a decision on a temporary permission?  2 what did the account do while it held?  3 ask whoever gave it and took it away
-- sv_triage: 1 finns ett beslut om tillfällig behörighet?  2 vad gjorde kontot medan den gällde?  3 fråga den som gav och tog bort den
-- params:    hours INTEGER (between given and taken away) = 12
-- attack:    T1098, T1078
WITH changes AS (
  SELECT e.event_id, e.time, e.action, lower(coalesce(w.member_sid, e.target_account)) AS member, lower(e.target_account) AS member_name,
         lower(coalesce(e.target_group, e.object_id, e.object_path)) AS given, e.source, lower(e.actor_account) AS by_account,
         coalesce(w.member_sid = w.subject_sid, false) AS own
  -- Windows names the member by its place in the directory; by its number the person is found.
  FROM events AS e LEFT JOIN windows_fields AS w ON w.event_id = e.event_id AND w.code IN (4728, 4729, 4732, 4733, 4756, 4757)
  WHERE e.action IN ('grant', 'revoke') AND e.outcome <> 'failure' AND e.target_account IS NOT NULL AND coalesce(e.target_group, e.object_id, e.object_path) IS NOT NULL
    AND NOT contains(lower(coalesce(e.details, '-')), 'pim activation')
),
trips AS (
  SELECT g.event_id AS grant_id, g.time AS given_utc, min(r.time) AS taken_utc, g.member, g.member_name, g.given, g.source, g.by_account, g.own
  FROM changes AS g
  JOIN changes AS r ON r.action = 'revoke' AND r.member = g.member AND r.given = g.given AND r.source = g.source
   AND r.time > g.time AND r.time <= g.time + $hours * INTERVAL 1 HOUR
  WHERE g.action = 'grant'
  GROUP BY g.event_id, g.time, g.member, g.member_name, g.given, g.source, g.by_account, g.own
),
-- Who the member is: the account itself, or another account of the same person.
used AS (
  SELECT t.grant_id, e.event_id
  FROM trips AS t
  JOIN events AS e ON lower(e.actor_account) = CASE WHEN t.own THEN t.by_account ELSE t.member END AND e.time > t.given_utc AND e.time < t.taken_utc
  WHERE e.outcome <> 'failure' AND e.action NOT IN ('logout', 'other', 'connect')
  UNION
  SELECT t.grant_id, e.event_id
  FROM trips AS t
  JOIN aliases AS a ON a.key = t.member AND t.given_utc >= a.valid_from AND (a.valid_to IS NULL OR t.given_utc < a.valid_to)
  JOIN events AS e ON e.actor_person = a.person AND e.time > t.given_utc AND e.time < t.taken_utc
  WHERE e.outcome <> 'failure' AND e.action NOT IN ('logout', 'other', 'connect')
),
rested AS (
  SELECT grant_id, event_id, 1 AS used FROM used
  UNION ALL
  SELECT grant_id, grant_id, 0 FROM trips
  UNION ALL
  SELECT t.grant_id, r.event_id, 0
  FROM trips AS t JOIN changes AS r ON r.action = 'revoke' AND r.member = t.member AND r.given = t.given AND r.source = t.source AND r.time = t.taken_utc
)
SELECT t.member_name AS member, t.given, t.given_utc, t.taken_utc, min(t.by_account) AS by_account, CAST(sum(x.used) AS BIGINT) AS acts,
       list_sort(list(DISTINCT x.event_id) FILTER (WHERE x.event_id IS NOT NULL)) AS evidence
FROM trips AS t JOIN rested AS x ON x.grant_id = t.grant_id
GROUP BY t.grant_id, t.member_name, t.given, t.given_utc, t.taken_utc
HAVING CAST(sum(x.used) AS BIGINT) > 0
ORDER BY member, t.given, t.given_utc, t.taken_utc
