-- detection: shared_account_person
-- severity:  medium
-- finds:     a shared account, a robot's or an integration's that somebody uses as a person. Either it logs on, not
--            refused, from a machine, device or address from which one person has worked that day and nobody else that
--            day, the day before or after, shown with what it did from there that day; of a shared account the machine
--            or device must be known, since many share an address, and a log-on by its schedule of jobs is left out
--            where it is active on most days. Or an account with a schedule of jobs reaches sensitive information
--            before it, more than $margin minutes after it or in another system than the job's, refused or not; what a
--            job or a duty explains is left out. Sensitive is what has confidentiality $level or higher, or isn't
--            classified and is about a person
-- sv_finds:  Ett delat konto, eller en programrobots eller integrations konto, som någon använder som sitt eget.
--            Antingen loggar kontot in, utan att nekas, från en dator, enhet eller adress där en och samma person har
--            arbetat den dagen och ingen annan den dagen, dagen före eller dagen efter; då visas också vad kontot
--            gjorde därifrån den dagen. För ett delat konto måste datorn eller enheten vara känd, eftersom en adress
--            delas av många. En inloggning enligt kontots schema för automatiska jobb räknas inte där kontot är
--            verksamt flest dagar. Eller så når ett konto med schemalagda jobb känsliga uppgifter före schemat, mer än
--            $margin minuter efter det eller i ett annat system än jobbets, också nekat; det som ett jobb eller ett
--            uppdrag förklarar räknas inte. Känsliga är uppgifter med konfidentialitet $level eller högre, och
--            oklassade uppgifter om en person.
-- sv:        Ett gemensamt konto eller ett tjänstekonto har använts som om det vore en persons.
-- en:        A shared account or a service account was used as if it were a person's.
-- key:       actor_account, why
-- window:    14
-- benign:    a shared workplace where one person alone signed in on those days; an administrator who mends the integration; a job that was started again after a stop of operations
-- sv_benign: gemensam arbetsplats där bara en har arbetat de dagarna; administratör som felsöker integrationen; jobb som startades om efter driftstopp
-- triage:    1 who sat at the computer, and why wasn't the own account used?  2 is there a change or a restart in the log of operations?  3 who knows the password? change it  4 the access can't be tied to a person: mend the traceability
-- sv_triage: 1 vem satt vid datorn, och varför användes inte det egna kontot?  2 finns en ändring eller omstart i driftloggen?  3 vem känner till lösenordet? byt det  4 åtkomsten kan inte knytas till en person: åtgärda spårbarheten
-- params:    margin INTEGER (minutes after the schedule, for late starts) = 60;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1078

-- An account is its user, and the first label of its domain if both name one; weekdays and hours are Sweden's, and a schedule over
-- midnight belongs to the weekday on which it starts, all as in the explanation automated_job.
WITH given AS (
  SELECT system, valid_from, valid_to, first_weekday, last_weekday, start_minute, stop_minute,
         split_part(split_part(lower(account), chr(92), -1), '@', 1) AS name,
         split_part(CASE WHEN contains(account, chr(92)) THEN split_part(lower(account), chr(92), 1)
                         ELSE split_part(lower(account), '@', 2) END, '.', 1) AS domain
  FROM jobs
),
logins AS (
  SELECT event_id, time, local_day, local_hour, local_weekday, lower(actor_account) AS account, actor_kind,
         coalesce(device, lower(src_host)) AS place, 1 AS named
  FROM events
  WHERE action = 'login' AND outcome IS DISTINCT FROM 'failure' AND coalesce(device, src_host) IS NOT NULL
  UNION ALL
  SELECT event_id, time, local_day, local_hour, local_weekday, lower(actor_account), actor_kind, src_ip, 0
  FROM events
  WHERE action = 'login' AND outcome IS DISTINCT FROM 'failure' AND src_ip IS NOT NULL
),
-- Whoever does anything from a place that day has it, log-in or not: a computer stays on over night.
used AS (
  SELECT coalesce(device, lower(src_host)) AS place, local_day, actor_person, actor_kind
  FROM events
  WHERE actor_person IS NOT NULL AND outcome IS DISTINCT FROM 'failure' AND coalesce(device, src_host) IS NOT NULL
  UNION ALL
  SELECT src_ip, local_day, actor_person, actor_kind
  FROM events
  WHERE actor_person IS NOT NULL AND outcome IS DISTINCT FROM 'failure' AND src_ip IS NOT NULL
),
daily AS (
  SELECT place, local_day, min(actor_person) AS first_person, max(actor_person) AS last_person
  FROM used
  WHERE coalesce(actor_kind, 'staff') NOT IN ('robot', 'integration', 'shared account')
  GROUP BY place, local_day
),
personal AS (
  SELECT d.place, d.local_day, max(o.last_person) AS person
  FROM daily AS d
  JOIN daily AS o ON o.place = d.place AND o.local_day >= d.local_day - INTERVAL 1 DAY AND o.local_day <= d.local_day + INTERVAL 1 DAY
  GROUP BY d.place, d.local_day HAVING min(o.first_person) = max(o.last_person)
),
-- From where an account does something on most days: there its jobs run, and elsewhere no schedule explains it.
places_of AS (
  SELECT lower(actor_account) AS account, coalesce(device, lower(src_host), src_ip) AS place, count(DISTINCT local_day) AS days
  FROM events
  WHERE actor_kind IN ('robot', 'integration', 'shared account')
  GROUP BY lower(actor_account), coalesce(device, lower(src_host), src_ip)
),
homes AS (
  SELECT p.account, p.place
  FROM places_of AS p
  WHERE NOT EXISTS (SELECT 1 FROM places_of AS o WHERE o.account = p.account AND o.days > p.days)
),
acts AS (
  SELECT l.account, 'personal_device' AS why, CAST(NULL AS TEXT) AS system, l.place, p.person, l.event_id, l.time, l.local_day, l.local_hour,
         l.local_weekday
  FROM logins AS l JOIN personal AS p ON p.place = l.place AND p.local_day = l.local_day
  -- The rooms of a unit share addresses, so of a shared account a machine or device must be known.
  WHERE (l.actor_kind IN ('robot', 'integration') OR (l.actor_kind = 'shared account' AND l.named = 1)) AND l.account IS NOT NULL
  UNION ALL
  SELECT lower(a.actor_account) AS account, 'outside_schedule' AS why, a.system, coalesce(a.device, lower(a.src_host), a.src_ip) AS place,
         CAST(NULL AS TEXT) AS person, a.event_id, a.time, a.local_day, a.local_hour, a.local_weekday
  FROM accesses AS a
  JOIN (SELECT DISTINCT name FROM given) AS j ON j.name = split_part(lower(a.actor_account), '@', 1)
  WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
),
known AS (
  SELECT c.event_id, j.first_weekday, j.last_weekday, j.stop_minute < j.start_minute AS over_midnight,
         (c.why = 'personal_device' AND EXISTS (SELECT 1 FROM homes AS m WHERE m.account = c.account AND m.place = c.place))
         OR (c.why = 'outside_schedule' AND j.system = c.system) AS here, c.time >= j.valid_from AND (j.valid_to IS NULL OR c.time < j.valid_to) AS valid,
         c.local_weekday AS today, CASE WHEN c.local_weekday = 1 THEN 7 ELSE c.local_weekday - 1 END AS yesterday,
         c.time >= date_trunc('hour', c.time) + (j.start_minute - 60 * c.local_hour) * INTERVAL 1 MINUTE AS begun,
         c.time < date_trunc('hour', c.time) + (j.stop_minute + $margin - 60 * c.local_hour) * INTERVAL 1 MINUTE AS going
  FROM acts AS c
  JOIN given AS j
    ON j.name = split_part(c.account, '@', 1)
   AND (j.domain = split_part(split_part(c.account, '@', 2), '.', 1) OR j.domain = '' OR split_part(c.account, '@', 2) = '')
),
began AS (
  SELECT event_id, first_weekday, last_weekday, today AS weekday FROM known WHERE here AND valid AND begun AND (going OR over_midnight)
  UNION ALL
  SELECT event_id, first_weekday, last_weekday, yesterday AS weekday FROM known WHERE here AND valid AND going AND over_midnight
),
scheduled AS (
  SELECT event_id FROM began
  WHERE (first_weekday <= last_weekday AND weekday >= first_weekday AND weekday <= last_weekday)
     OR (first_weekday > last_weekday AND (weekday >= first_weekday OR weekday <= last_weekday))
),
jobless AS (
  SELECT c.event_id FROM acts AS c
  WHERE c.why = 'outside_schedule' AND NOT EXISTS (SELECT 1 FROM known AS k WHERE k.event_id = c.event_id)
),
found AS (
  SELECT c.account, c.why, c.local_day, c.place, c.person, c.event_id
  FROM acts AS c
  WHERE NOT EXISTS (SELECT 1 FROM scheduled AS s WHERE s.event_id = c.event_id)
    AND NOT EXISTS (SELECT 1 FROM jobless AS j WHERE j.event_id = c.event_id)
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = c.event_id)
),
rested AS (
  SELECT account, why, local_day, place, person, event_id FROM found
  UNION
  SELECT f.account, f.why, f.local_day, f.place, f.person, a.event_id
  FROM (SELECT DISTINCT account, why, local_day, place, person FROM found WHERE why = 'personal_device') AS f
  JOIN accesses AS a
    ON lower(a.actor_account) = f.account AND a.local_day = f.local_day
   AND (coalesce(a.device, lower(a.src_host)) = f.place OR a.src_ip = f.place)
)
SELECT account AS actor_account, why, local_day AS day, min(place) AS place, min(person) AS person,
       count(DISTINCT event_id) AS events,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM rested
GROUP BY account, why, local_day
ORDER BY account, why, local_day
