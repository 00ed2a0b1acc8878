-- detection: neighbour_access
-- severity:  medium
-- finds:     an employee who takes part of a neighbour's record, or tries to, without being the one assigned, met,
--            deputising or investigating; what a unit's duty explains counts from $looks looks in a month on.
--            Information of confidentiality $level or higher, or unclassified, counts. A search that merely lists the
--            person doesn't count
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om en granne utan att själv vara
--            utsedd, ha haft kontakt med personen, gå in som ersättare eller arbeta i en utredning. Det som enhetens
--            uppdrag förklarar räknas först vid minst $looks gånger under en månad. Uppgifter med konfidentialitet
--            $level eller högre räknas, och oklassade. En sökning som bara visar personen i en träfflista räknas inte.
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om en granne utan eget uppdrag.
-- en:        The employee took part of a neighbour's record, or tried to, with no assignment of her or his own.
-- key:       actor_person, about
-- window:    31
-- benign:    home care or a school in one's own area, where the neighbour is one of the unit's usual clients or pupils; neighbours in a block of flats who don't know each other
-- sv_benign: hemtjänst eller skola i det egna bostadsområdet, där grannen hör till enhetens ordinarie brukare eller elever; grannar i flerfamiljshus som inte känner varandra
-- triage:    1 was the unit responsible for the person, and who was planned?  2 how many times, and what was opened?  3 ask the employee what the work needed it for
-- sv_triage: 1 hade enheten ansvar för personen, och vem var planerad?  2 hur många gånger och vad öppnades?  3 fråga medarbetaren vad behovet i arbetet var
-- params:    looks INTEGER (looks in a month that the unit's duty explains) = 3;
--            level INTEGER (lowest K level, and what isn't classified) = 2
-- needs:     decision
WITH found AS (
  SELECT a.event_id, a.time, a.actor_person, a.about, a.proves
  FROM accesses AS a
  JOIN kin AS k
    ON k.person = a.actor_person AND k.subject = a.about
   AND a.time >= k.valid_from AND (k.valid_to IS NULL OR a.time < k.valid_to)
  WHERE k.kind = 'neighbour'
    AND coalesce(a.k, $level) >= $level
    AND (a.action <> 'search' OR a.proves = 'content')
)
SELECT a.actor_person, a.about, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM found AS a LEFT JOIN explained AS x ON x.event_id = a.event_id
WHERE NOT EXISTS (SELECT 1 FROM own_reasons AS o WHERE o.event_id = a.event_id)
GROUP BY a.actor_person, a.about, date_trunc('month', a.time)
HAVING count(DISTINCT CASE WHEN x.event_id IS NULL THEN a.event_id END) > 0 OR count(DISTINCT a.event_id) >= $looks
ORDER BY a.actor_person, a.about, min(a.time)
