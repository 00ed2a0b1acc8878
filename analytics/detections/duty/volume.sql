-- detection: volume
-- severity:  medium
-- finds:     an employee who takes part of the records of more than $hourly different persons in a local hour, or of
--            more than $daily in a day, at least $share per cent of them without any explanation; or of more than
--            $impersonal in a day whom at most the unit's work explains (its assignment or responsibility, a shift, a
--            contact or earlier documents), and more than $times times as many as the employee and the unit's others on
--            any of the $days days before. Information of confidentiality $level or higher, or unclassified, counts.
--            Attempts count; searches, and what robots and integrations do, don't
-- sv_finds:  En medarbetare som tar del av uppgifter om fler än $hourly olika personer under en timme, eller om fler än
--            $daily på en dag, minst $share procent av dem utan någon förklaring; eller om fler än $impersonal på en
--            dag som på sin höjd enhetens arbete förklarar (enhetens uppdrag eller ansvar, ett arbetspass, en kontakt
--            eller tidigare dokumentation) och mer än $times gånger så många personer som medarbetaren själv eller
--            någon annan på enheten har tagit del av uppgifter om någon av de $days dagarna före. Uppgifter med
--            konfidentialitet $level eller högre räknas, och oklassade. Försök räknas; sökningar, och vad
--            programrobotar och integrationer gör, räknas inte.
-- sv:        Medarbetaren har öppnat uppgifter om ovanligt många personer på kort tid, utan att något eget uppdrag förklarar det.
-- en:        The employee opened unusually many persons' records in a short time, with no assignment of her or his own.
-- key:       actor
-- window:    31
-- benign:    follow-up, quality review or a move of files after a decision; a new assignment that wasn't registered; work in bulk before a term begins
-- sv_benign: uppföljning, kvalitetsgranskning eller flytt av akter efter beslut; nytt uppdrag som inte registrerats; masshantering inför terminsstart
-- triage:    1 which assignment had the employee that day?  2 were the files opened in a sequence, and at a human pace?  3 was anything exported or printed?  4 from 500 persons: consider reporting under the Cybersecurity Act
-- sv_triage: 1 vilket uppdrag hade medarbetaren den dagen?  2 öppnades akterna i en följd, och i en människas takt?  3 exporterades eller skrevs något ut?  4 vid minst 500 personer: bedöm rapportering enligt cybersäkerhetslagen
-- params:    hourly INTEGER (persons in a local hour) = 60; daily INTEGER (persons in a local day) = 200;
--            share INTEGER (per cent of them without explanation) = 50;
--            impersonal INTEGER (persons in a local day without a reason of the employee's own) = 40; times INTEGER (times the usual) = 2;
--            days INTEGER (days before) = 30; level INTEGER (lowest K level, and what isn't classified) = 2
-- attack:    T1213
WITH looks AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.local_hour, a.actor_unit, a.about, a.event_id
  FROM accesses AS a
  WHERE a.about IS NOT NULL AND a.action <> 'search'
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
),
daily AS (
  SELECT actor, local_day, max(actor_unit) AS unit, count(DISTINCT about) AS subjects FROM looks GROUP BY actor, local_day
),
many AS (
  SELECT actor, local_day FROM daily WHERE subjects > $daily
  UNION
  SELECT actor, local_day FROM looks GROUP BY actor, local_day, local_hour HAVING count(DISTINCT about) > $hourly
),
-- Held against whole days, since nobody's usual day needs to be explained again.
usual AS (
  SELECT d.actor, d.local_day, max(o.subjects) AS most
  FROM daily AS d
  JOIN daily AS o
    ON (o.actor = d.actor OR o.unit = d.unit) AND o.local_day < d.local_day AND o.local_day >= d.local_day - $days * INTERVAL 1 DAY
  WHERE d.subjects > $impersonal
  GROUP BY d.actor, d.local_day
),
unusual AS (
  SELECT d.actor, d.local_day, coalesce(u.most, 0) AS most
  FROM daily AS d LEFT JOIN usual AS u ON u.actor = d.actor AND u.local_day = d.local_day
  WHERE d.subjects > $impersonal AND d.subjects > $times * coalesce(u.most, 0)
),
-- Explanations are looked for in those days only.
busy AS (
  SELECT l.actor, l.local_day, l.local_hour, l.about, l.event_id, max(u.most) AS most, CASE WHEN max(x.event_id) IS NULL THEN l.about END AS unexplained,
         CASE WHEN max(p.event_id) IS NULL THEN l.about END AS impersonal
  FROM looks AS l
  LEFT JOIN many AS m ON m.actor = l.actor AND m.local_day = l.local_day
  LEFT JOIN unusual AS u ON u.actor = l.actor AND u.local_day = l.local_day
  LEFT JOIN explained AS x ON x.event_id = l.event_id
  LEFT JOIN pile_reasons AS p ON p.event_id = l.event_id
  WHERE m.actor IS NOT NULL OR u.actor IS NOT NULL
  GROUP BY l.actor, l.local_day, l.local_hour, l.about, l.event_id
),
hours AS (
  SELECT actor, local_day, max(subjects) AS in_an_hour
  FROM (
    SELECT actor, local_day, local_hour, count(DISTINCT about) AS subjects
    FROM busy
    GROUP BY actor, local_day, local_hour
    HAVING count(DISTINCT about) > $hourly AND count(DISTINCT unexplained) * 100 >= $share * count(DISTINCT about)) AS h
  GROUP BY actor, local_day
)
SELECT b.actor, b.local_day AS day, count(DISTINCT b.about) AS subjects, max(h.in_an_hour) AS in_an_hour,
       count(DISTINCT b.unexplained) AS unexplained, max(b.most) AS usual,
       list_sort(list(DISTINCT b.event_id) FILTER (WHERE b.impersonal IS NOT NULL AND b.event_id IS NOT NULL)) AS evidence
FROM busy AS b
LEFT JOIN hours AS h ON h.actor = b.actor AND h.local_day = b.local_day
GROUP BY b.actor, b.local_day
HAVING max(h.in_an_hour) IS NOT NULL
    OR (count(DISTINCT b.about) > $daily AND count(DISTINCT b.unexplained) * 100 >= $share * count(DISTINCT b.about))
    OR (max(b.most) IS NOT NULL AND count(DISTINCT b.impersonal) > $impersonal AND count(DISTINCT b.impersonal) > $times * max(b.most))
ORDER BY b.actor, b.local_day
