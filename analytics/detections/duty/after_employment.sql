-- detection: after_employment
-- severity:  high
-- finds:     a login or an access, not refused, more than $hours hours after the employment, or the time in the staff
--            directory, ended, or as long after the own time of an account without a known holder ran out. Whoever is
--            employed anew, and an account that was given out again, don't count. Nor does a refused login: there the
--            closing worked. What robots and integrations do doesn't count
-- sv_finds:  En inloggning eller åtkomst som inte nekades, mer än $hours timmar efter att anställningen eller tiden i
--            personalkatalogen tog slut, eller med ett konto utan känd innehavare lika länge efter att kontots
--            giltighetstid gick ut. Den som har fått en ny anställning, och ett konto som har lämnats ut på nytt,
--            räknas inte. En nekad inloggning räknas inte heller: där fungerade avstängningen. Vad programrobotar och
--            integrationer gör räknas inte.
-- sv:        Konto eller behörighet har använts efter att anställningen eller kontots giltighetstid upphörde.
-- en:        An account or a right was used after the employment, or the account's own time, had ended.
-- key:       actor
-- window:    31
-- benign:    an employment prolonged, or a new period as a substitute, that hasn't reached the staff system; access that was decided on during notice; a telephone that goes on synchronising mail
-- sv_benign: förlängd anställning eller ny vikariatsperiod som inte nått personalsystemet; beslutad åtkomst under uppsägningstid; telefon som fortsätter synkronisera e-post
-- triage:    1 is the last day right? ask HR  2 close the account and end its sessions  3 who used it, from where, and what was opened?  4 access after the employment is unauthorised: head of security, perhaps a police report and an incident report
-- sv_triage: 1 stämmer slutdatumet? kontrollera med HR  2 stäng kontot och avsluta sessioner  3 vem använde det, varifrån, och vad öppnades?  4 åtkomst efter avslut är obehörig: säkerhetsansvarig, eventuell polisanmälan och incidentrapport
-- params:    hours INTEGER (hours of grace, for the last night shift) = 12
-- attack:    T1078
WITH acts AS (
  SELECT event_id, time, local_day, actor_person, lower(actor_account) AS account, action, split_part(lower(actor_account), '@', 1) AS name,
         split_part(coalesce(lower(actor_domain), split_part(lower(actor_account), '@', 2)), '.', 1) AS domain
  FROM events
  WHERE action IN ('login', 'read', 'search', 'create', 'update', 'delete', 'copy', 'export', 'print', 'share', 'sign', 'break_glass')
    AND outcome IS DISTINCT FROM 'failure' AND source <> 'sparhund'
    AND coalesce(actor_kind, 'staff') NOT IN ('robot', 'integration')
),
ended AS (
  SELECT person, min(least(employed_to, valid_to)) AS first_end FROM people
  WHERE employed_to IS NOT NULL OR valid_to IS NOT NULL
  GROUP BY person
),
-- An account is its user, and the first label of its domain if both name one.
spelt AS (
  SELECT split_part(split_part(lower(account), chr(92), -1), '@', 1) AS name,
         split_part(CASE WHEN contains(account, chr(92)) THEN split_part(lower(account), chr(92), 1)
                         ELSE split_part(lower(account), '@', 2) END, '.', 1) AS domain, valid_from, valid_to
  FROM accounts
),
closed AS (
  SELECT name, domain, min(valid_to) AS first_end FROM spelt WHERE valid_to IS NOT NULL GROUP BY name, domain
),
late AS (
  SELECT a.actor_person AS actor, a.event_id, a.time, a.local_day, a.action
  FROM acts AS a JOIN ended AS e ON e.person = a.actor_person AND a.time >= e.first_end + $hours * INTERVAL 1 HOUR
  WHERE NOT EXISTS (
    SELECT 1 FROM people AS p
    WHERE p.person = a.actor_person AND a.time >= p.valid_from
      AND (p.valid_to IS NULL OR a.time < p.valid_to + $hours * INTERVAL 1 HOUR)
      AND (p.employed_to IS NULL OR a.time < p.employed_to + $hours * INTERVAL 1 HOUR))
  UNION ALL
  SELECT a.account AS actor, a.event_id, a.time, a.local_day, a.action
  FROM acts AS a
  JOIN closed AS k
    ON k.name = a.name AND (k.domain = a.domain OR k.domain = '' OR a.domain = '')
   AND a.time >= k.first_end + $hours * INTERVAL 1 HOUR
  WHERE a.actor_person IS NULL
    AND NOT EXISTS (
      SELECT 1 FROM spelt AS o
      WHERE o.name = a.name AND (o.domain = a.domain OR o.domain = '' OR a.domain = '')
        AND a.time >= o.valid_from AND (o.valid_to IS NULL OR a.time < o.valid_to + $hours * INTERVAL 1 HOUR))
)
SELECT actor, count(DISTINCT local_day) AS days, count(DISTINCT CASE WHEN action = 'login' THEN event_id END) AS logins,
       count(DISTINCT event_id) AS events,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM late
GROUP BY actor, date_trunc('month', time)
ORDER BY actor, min(time)
