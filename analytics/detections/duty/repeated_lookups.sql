-- detection: repeated_lookups
-- severity:  high
-- finds:     an employee who comes back to the same person on at least $days different days, at least $span days from
--            the first to the last, each of these times without an explanation, while fewer than $colleagues of her or
--            his unit have one, or have documented about the person, and nothing about the person was documented by the
--            employee. Information of confidentiality $level or higher, or unclassified, counts. Attempts and searches
--            for the person count; what robots and integrations do doesn't
-- sv_finds:  En medarbetare som återkommer till samma person minst $days olika dagar, med minst $span dagar mellan den
--            första och den sista gången, var och en av gångerna utan förklaring, medan färre än $colleagues på enheten
--            har förklarad åtkomst till personen eller har dokumenterat om personen, och medarbetaren själv inte har
--            dokumenterat något. Uppgifter med konfidentialitet $level eller högre räknas, och oklassade. Försök och
--            sökningar efter personen räknas; vad programrobotar och integrationer gör räknas inte.
-- sv:        Medarbetaren har återkommit till uppgifter om samma person under lång tid utan att något uppdrag förklarar det.
-- en:        The employee came back to the same person over a long time, and no assignment explains it.
-- attack:    T1213
-- key:       actor, about
-- window:    180
-- benign:    a standing assignment that was never registered; a case watched on the manager's request
-- sv_benign: ett stående uppdrag som aldrig registrerats; stående bevakning av ett ärende på chefens begäran
-- triage:    1 is there a pattern: the same weekday, after an event, outside working hours?  2 what is the relation: a former partner, a child in a custody dispute, a neighbour, an enemy?  3 secure the logs of the whole period before the talk  4 assess the harm, HR; repeated look-ups make unlawful data access graver
-- sv_triage: 1 finns ett mönster: samma veckodag, efter en händelse, utanför arbetstid?  2 vad är relationen: tidigare partner, barn i vårdnadstvist, granne, ovän?  3 säkra loggutdrag för hela perioden före samtalet  4 menprövning, HR; upprepade slagningar är försvårande vid dataintrång
-- params:    days INTEGER (different local days) = 4; span INTEGER (days from the first to the last) = 21;
--            colleagues INTEGER (of the unit with a reason, or who documented, at which the unit is taken to work with the person) = 2;
--            level INTEGER (lowest K level, and what isn't classified) = 2
WITH looks AS (
  SELECT a.event_id, a.time, a.about, a.actor_unit, a.proves, a.local_day, coalesce(a.actor_person, lower(a.actor_account)) AS actor
  FROM accesses AS a
  WHERE a.about IS NOT NULL
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
),
often AS (
  SELECT actor, about, count(DISTINCT local_day) AS days, count(DISTINCT event_id) AS events,
         count(DISTINCT CASE WHEN proves = 'content' THEN event_id END) AS content,
         list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
  FROM looks
  GROUP BY actor, about
  HAVING count(DISTINCT local_day) >= $days AND max(time) >= min(time) + $span * INTERVAL 1 DAY
),
unit_knows AS (
  SELECT a.about, a.actor_unit
  FROM dealings AS a
  WHERE a.about IN (SELECT about FROM often)
  GROUP BY a.about, a.actor_unit HAVING count(DISTINCT a.actor_person) >= $colleagues
),
documented AS (
  SELECT DISTINCT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.about
  FROM accesses AS a
  WHERE a.action IN ('create', 'update', 'sign') AND a.outcome IS DISTINCT FROM 'failure'
    AND a.about IN (SELECT about FROM often)
)
SELECT o.actor, o.about, o.days, o.events, o.content, o.evidence
FROM often AS o
WHERE NOT EXISTS (
  SELECT 1 FROM looks AS l JOIN unit_knows AS u ON u.about = l.about AND u.actor_unit = l.actor_unit
  WHERE l.actor = o.actor AND l.about = o.about)
  AND NOT EXISTS (SELECT 1 FROM documented AS d WHERE d.actor = o.actor AND d.about = o.about)
ORDER BY o.actor, o.about
