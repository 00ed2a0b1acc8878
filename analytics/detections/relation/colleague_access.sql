-- detection: colleague_access
-- severity:  medium
-- finds:     an employee who takes part of the record of a colleague in the same unit, of the nearest manager or of
--            somebody whom she or he manages, or tries to, without being the one assigned, met, deputising or
--            investigating. What the unit's duty explains counts from $looks looks in a month on. Information of
--            confidentiality $level or higher, or unclassified, counts. A search that merely lists the person doesn't
--            count
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om en kollega på samma enhet, om sin
--            närmaste chef eller om någon som hon eller han är chef för, utan att själv vara utsedd, ha haft kontakt
--            med personen, gå in som ersättare eller arbeta i en utredning. Det som enhetens uppdrag förklarar räknas
--            först vid minst $looks gånger under en månad. Uppgifter med konfidentialitet $level eller högre räknas,
--            och oklassade. En sökning som bara visar personen i en träfflista räknas inte.
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om en kollega, sin chef eller en underställd utan eget uppdrag.
-- en:        The employee took part of a colleague's, manager's or subordinate's record, or tried to, with no own assignment.
-- key:       actor_person, about
-- window:    31
-- benign:    the manager's own handling of rehabilitation or pay; a colleague who is also the parent or relative of somebody whom the unit serves; the handling of HR and pay
-- sv_benign: chefens egen handläggning av rehabilitering eller löneärende; kollega som också är förälder eller anhörig till en brukare på enheten; HR- och lönehandläggning
-- triage:    1 which system, and is it meant for managers or HR?  2 was there a case about the colleague?  3 is there a conflict in the team? take it up with HR  4 the colleague has a right to the same protection as others: assess the harm, perhaps a police report of unlawful data access
-- sv_triage: 1 vilket system, och är det avsett för chef eller HR?  2 fanns ett ärende om kollegan?  3 pågår en konflikt i arbetsgruppen? ta det med HR  4 kollegan har rätt till samma skydd som andra: menprövning, eventuell polisanmälan för dataintrång
-- params:    looks INTEGER (looks in a month that the unit's duty explains) = 3;
--            level INTEGER (lowest K level, and what isn't classified) = 2
-- needs:     decision

-- Each join meets the accesses by a key of their own: a join by time alone would compare every access with every employee.
WITH named AS (
  SELECT s.subject, o.person, o.unit, greatest(s.valid_from, o.valid_from) AS valid_from, least(s.valid_to, o.valid_to) AS valid_to
  FROM subjects AS s JOIN people AS o ON o.person = s.person
),
heads AS (
  SELECT person, manager AS head, valid_from, valid_to FROM people WHERE manager IS NOT NULL
  UNION ALL
  SELECT p.person, u.manager AS head, greatest(p.valid_from, u.valid_from) AS valid_from, least(p.valid_to, u.valid_to) AS valid_to
  FROM people AS p JOIN units AS u ON u.unit = p.unit
  WHERE u.manager IS NOT NULL
),
staff AS (
  SELECT a.event_id, a.time, a.actor_person, a.actor_unit, a.about, a.proves, o.person AS other, o.unit AS other_unit
  FROM accesses AS a
  JOIN named AS o
    ON o.subject = a.about AND o.person <> a.actor_person
   AND a.time >= o.valid_from AND (o.valid_to IS NULL OR a.time < o.valid_to)
  WHERE coalesce(a.k, $level) >= $level
    AND (a.action <> 'search' OR a.proves = 'content')
),
found AS (
  SELECT a.event_id, a.time, a.actor_person, a.about, a.proves, 'unit' AS tie
  FROM staff AS a
  LEFT JOIN people AS own
    ON own.person = a.actor_person AND a.time >= own.valid_from AND (own.valid_to IS NULL OR a.time < own.valid_to)
  WHERE a.other_unit = own.unit OR a.other_unit = a.actor_unit
  UNION ALL
  SELECT a.event_id, a.time, a.actor_person, a.about, a.proves, 'manager' AS tie
  FROM staff AS a
  JOIN heads AS h
    ON h.person = a.actor_person AND h.head = a.other AND a.time >= h.valid_from AND (h.valid_to IS NULL OR a.time < h.valid_to)
  UNION ALL
  SELECT a.event_id, a.time, a.actor_person, a.about, a.proves, 'managed' AS tie
  FROM staff AS a
  JOIN heads AS h
    ON h.person = a.other AND h.head = a.actor_person AND a.time >= h.valid_from AND (h.valid_to IS NULL OR a.time < h.valid_to)
)
SELECT a.actor_person, a.about, list_sort(list(DISTINCT a.tie) FILTER (WHERE a.tie IS NOT NULL)) AS ties,
       count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM found AS a LEFT JOIN explained AS x ON x.event_id = a.event_id
WHERE NOT EXISTS (SELECT 1 FROM own_reasons AS o WHERE o.event_id = a.event_id)
GROUP BY a.actor_person, a.about, date_trunc('month', a.time)
HAVING count(DISTINCT CASE WHEN x.event_id IS NULL THEN a.event_id END) > 0 OR count(DISTINCT a.event_id) >= $looks
ORDER BY a.actor_person, a.about, min(a.time)
