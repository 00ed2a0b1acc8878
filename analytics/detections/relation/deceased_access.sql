-- detection: deceased_access
-- severity:  medium
-- finds:     an employee who takes part of the record of a person who died more than $days days before, or tries to,
--            without being the one assigned, met, deputising or investigating; until then the file is being closed.
--            What a unit does with a case that it is still assigned to is left out, and what its duty explains else
--            counts from $looks looks in a month on. Information of confidentiality $level or higher, or unclassified,
--            counts. A search that merely lists the person, and what robots and integrations do, doesn't count
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om en person som avled mer än $days
--            dagar tidigare (dessförinnan håller akten på att avslutas), utan att själv vara utsedd, ha haft kontakt
--            med personen, gå in som ersättare eller arbeta i en utredning. Det som en enhet gör i ett ärende som den
--            fortfarande har uppdraget för räknas inte, och det som dess arbete i övrigt förklarar räknas först vid
--            minst $looks gånger under en månad. Uppgifter med konfidentialitet $level eller högre räknas, och
--            oklassade. En sökning som bara visar personen i en träfflista, och vad programrobotar och integrationer
--            gör, räknas inte.
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om en avliden person en tid efter dödsfallet, utan eget uppdrag.
-- en:        The employee took part of a dead person's record some time after the death, or tried to, with no own assignment.
-- key:       actor, about
-- window:    31
-- benign:    the report of an estate, a last invoice or archiving that has taken long; an investigation of a deviation, or a complaint by relatives; research or statistics after a decision
-- sv_benign: dödsboanmälan, slutfaktura eller arkivering som dragit ut på tiden; avvikelseutredning eller klagomål från anhöriga; forskning eller statistik efter beslut
-- triage:    1 is the file closed, and why not?  2 a request from the estate, the Health and Social Care Inspectorate or an insurer?  3 was the employee related to the deceased, or a friend?
-- sv_triage: 1 är akten avslutad, och varför inte?  2 begäran från dödsbo, IVO eller försäkring?  3 var medarbetaren anhörig eller bekant med den avlidne?
-- params:    days INTEGER (days of grace after the death) = 60; looks INTEGER (looks in a month that the unit's duty explains) = 3;
--             level INTEGER (lowest K level, and what isn't classified) = 2
-- needs:     decision
WITH dead AS (
  SELECT subject, min(valid_from) AS died FROM subjects WHERE deceased GROUP BY subject
),
found AS (
  SELECT a.event_id, a.time, coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.actor_person, a.about, a.proves, d.died
  FROM accesses AS a
  JOIN subjects AS s
    ON s.subject = a.about AND s.deceased
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  JOIN dead AS d ON d.subject = a.about
  WHERE a.time >= d.died + $days * INTERVAL 1 DAY
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND (a.action <> 'search' OR a.proves = 'content')
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id AND x.explanation = 'unit_assignment')
)
SELECT a.actor, a.about, min(a.died) AS died_utc,
       count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM found AS a LEFT JOIN explained AS x ON x.event_id = a.event_id
WHERE NOT EXISTS (SELECT 1 FROM own_reasons AS o WHERE o.event_id = a.event_id)
GROUP BY a.actor, a.about, date_trunc('month', a.time)
HAVING count(DISTINCT CASE WHEN x.event_id IS NULL THEN a.event_id END) > 0 OR count(DISTINCT a.event_id) >= $looks
ORDER BY a.actor, a.about, min(a.time)
