-- detection: outside_hours
-- severity:  medium
-- finds:     access, or an attempt, to sensitive information outside office hours ($from_hour–$to_hour), at a weekend
--            or on a holiday, by somebody who has no shift then or within $margin minutes of it, without a reason of
--            the employee's own (where at most the unit's work explains it: its assignment, referral or responsibility,
--            a shift, a contact or earlier documents), at least $telling times in a month at an hour that isn't the
--            employee's: within an hour of it on at most $share per cent of the days with any access, of at least
--            $history_days. Of whom fewer days are known, what nothing explains counts. Not where the employee
--            documents about somebody at such hours within $working hours of it: that is work, by a shift that isn't
--            registered or by notes at home. Sensitive is what has confidentiality $level or higher, or isn't
--            classified and is about a person. What robots and integrations do doesn't count. Shown with what nothing
--            explains at other hours then. It is ranked by the number of events at an hour that isn't the employee's
-- sv_finds:  Åtkomst till känsliga uppgifter, eller försök till det, utanför kontorstid (klockan $from_hour–$to_hour),
--            på en lördag, söndag eller helgdag, av någon som inte har något arbetspass då eller inom $margin minuter,
--            utan något eget uppdrag (på sin höjd enhetens arbete förklarar åtkomsten: dess uppdrag, remiss eller
--            ansvar, ett arbetspass, en kontakt eller tidigare dokumentation), minst $telling gånger under en månad vid
--            en tid på dygnet som inte är medarbetarens: då, eller inom en timme, har åtkomst förekommit högst $share
--            procent av de dagar då medarbetaren alls har haft någon åtkomst, av minst $history_days dagar. Är färre
--            dagar kända räknas det som inget alls förklarar. Det räknas inte om medarbetaren vid sådana tider
--            dokumenterar om någon inom $working timmar före eller efter: det är arbete, genom ett arbetspass som inte
--            är registrerat eller anteckningar hemifrån. Känsliga är uppgifter med konfidentialitet $level eller högre,
--            och oklassade uppgifter om en person. Vad programrobotar och integrationer gör räknas inte. Fyndet visar
--            också det oförklarade vid andra tider utanför kontorstid. Fyndet rangordnas efter antalet händelser vid en
--            tid som inte är medarbetarens.
-- sv:        Medarbetaren har öppnat känsliga uppgifter utanför kontorstid och utanför sitt schema, utan att något eget uppdrag förklarar det.
-- en:        The employee opened sensitive information outside office hours and shifts, with no assignment of her or his own.
-- key:       actor
-- window:    31
-- benign:    overtime, stand-by or a swapped shift that wasn't entered; flexible hours; documentation after the working day
-- sv_benign: övertid, beredskap eller bytt pass som inte lagts in; flextid; dokumentation efter arbetsdagens slut
-- triage:    1 was the employee on duty, called in, or had a swapped shift?  2 from where was the access?  3 whose information was opened, and does the employee know any of them?
-- sv_triage: 1 var medarbetaren i tjänst, inringd eller hade bytt pass?  2 varifrån skedde åtkomsten?  3 vilka personer öppnades, och är någon bekant?
-- params:    from_hour INTEGER (local hour at which office hours begin) = 6; to_hour INTEGER (local hour at which they end) = 19;
--            margin INTEGER (minutes before and after a shift) = 60; share INTEGER (per cent of the days at which an hour is odd) = 20;
--            history_days INTEGER (days with any access that tell one's hours) = 10; telling INTEGER (events at such an hour) = 2;
--            working INTEGER (hours before and after documenting at such hours) = 2;
--            level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH acts AS (
  SELECT a.actor_person, a.local_day, a.local_hour
  FROM accesses AS a
  WHERE a.actor_person IS NOT NULL
  GROUP BY a.actor_person, a.local_day, a.local_hour
),
-- On how many days each employee did anything, and at or next to each hour of the day.
days_with AS (
  SELECT actor_person, count(DISTINCT local_day) AS days FROM acts GROUP BY actor_person
),
near_hours AS (
  SELECT actor_person, local_day, local_hour AS hour FROM acts
  UNION
  SELECT actor_person, local_day, CASE WHEN local_hour = 23 THEN 0 ELSE local_hour + 1 END FROM acts
  UNION
  SELECT actor_person, local_day, CASE WHEN local_hour = 0 THEN 23 ELSE local_hour - 1 END FROM acts
),
odd_hours AS (
  SELECT n.actor_person, n.hour
  FROM near_hours AS n JOIN days_with AS d ON d.actor_person = n.actor_person
  WHERE d.days >= $history_days
  GROUP BY n.actor_person, n.hour HAVING count(*) * 100 <= $share * max(d.days)
),
-- What is done at such hours. Who documents then is at work, by a shift that isn't registered or by notes at home.
apart AS (
  SELECT a.event_id, a.time, a.local_day, a.local_hour, a.about, a.k, a.proves, a.actor_person, a.actor_account,
         a.action IN ('create', 'update', 'sign') AND a.outcome IS DISTINCT FROM 'failure' AND a.about IS NOT NULL AS documents
  FROM accesses AS a
  LEFT JOIN calendar AS c ON c.day = a.local_day
  WHERE (c.holiday IS NOT NULL OR a.local_weekday >= 6 OR a.local_hour < $from_hour OR a.local_hour >= $to_hour)
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
),
found AS (
  SELECT a.event_id, a.time, a.local_day, a.about, a.proves, coalesce(a.actor_person, lower(a.actor_account)) AS actor,
         CASE WHEN o.hour IS NOT NULL OR coalesce(d.days, 0) < $history_days THEN a.event_id END AS odd
  FROM apart AS a
  LEFT JOIN days_with AS d ON d.actor_person = a.actor_person
  LEFT JOIN odd_hours AS o ON o.actor_person = a.actor_person AND o.hour = a.local_hour
  WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND NOT EXISTS (
      SELECT 1 FROM apart AS w
      WHERE w.actor_person = a.actor_person AND w.documents
        AND w.time >= a.time - $working * INTERVAL 1 HOUR AND w.time <= a.time + $working * INTERVAL 1 HOUR)
    AND (o.hour IS NOT NULL OR NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id))
    AND NOT EXISTS (SELECT 1 FROM pile_reasons AS p WHERE p.event_id = a.event_id AND p.explanation <> 'referral')
    AND NOT EXISTS (
      SELECT 1 FROM rota AS r
      WHERE r.person = a.actor_person
        AND a.time >= r.valid_from - $margin * INTERVAL 1 MINUTE
        AND (r.valid_to IS NULL OR a.time < r.valid_to + $margin * INTERVAL 1 MINUTE))
)
SELECT actor, count(DISTINCT local_day) AS days, count(DISTINCT about) AS subjects, count(DISTINCT event_id) AS events,
       count(DISTINCT odd) AS telling, count(DISTINCT CASE WHEN proves = 'content' THEN event_id END) AS content,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM found
GROUP BY actor, date_trunc('month', time)
HAVING count(DISTINCT odd) >= $telling
ORDER BY actor, min(time)
