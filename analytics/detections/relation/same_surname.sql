-- detection: same_surname
-- severity:  low
-- finds:     an employee who takes part of the record of somebody with the same, uncommon surname (that at most
--            $bearers persons bear), or tries to, without being the one assigned, met, deputising or investigating;
--            what the unit's duty explains counts from $looks looks in a month on. Known relatives and the same address
--            are the matter of rules of their own. Information of confidentiality $level or higher, or unclassified,
--            counts; a search that merely lists the person doesn't
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om någon med samma ovanliga efternamn
--            (som högst $bearers personer bär) utan att själv vara utsedd, ha haft kontakt med personen, gå in som
--            ersättare eller arbeta i en utredning. Det som enhetens uppdrag förklarar räknas först vid minst $looks
--            gånger under en månad. Kända släktingar och samma adress prövas av egna regler. Uppgifter med
--            konfidentialitet $level eller högre räknas, och oklassade. En sökning som bara visar personen i en
--            träfflista räknas inte.
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om en person med samma ovanliga efternamn utan eget uppdrag.
-- en:        The employee took part of the record of a person with the same rare surname, or tried to, with no own assignment.
-- key:       actor_person, about
-- window:    31
-- benign:    the same surname without kinship; a married name; a usual client of the unit who happens to have the same name
-- sv_benign: samma efternamn utan släktskap; gift namn; enhetens ordinarie brukare som råkar heta likadant
-- triage:    1 are they related? ask the employee, don't look in the population register  2 was the unit responsible for the person?  3 what was opened, and how often?
-- sv_triage: 1 är de släkt? fråga medarbetaren, slå inte själv i folkbokföringen  2 hade enheten ansvar för personen?  3 vad öppnades, och hur ofta?
-- params:    bearers INTEGER (persons that a surname may have and still tell something) = 30;
--            looks INTEGER (looks in a month that the unit's duty explains) = 3;
--            level INTEGER (lowest K level, and what isn't classified) = 2
-- needs:     decision
WITH rare AS (
  SELECT surname_key FROM subjects
  WHERE surname_key IS NOT NULL
  GROUP BY surname_key HAVING count(DISTINCT subject) <= $bearers
),
found AS (
  SELECT a.event_id, a.time, a.actor_person, a.about, a.proves
  FROM accesses AS a
  JOIN subjects AS s
    ON s.subject = a.about
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  JOIN rare AS r ON r.surname_key = s.surname_key
  JOIN subjects AS own
    ON own.person = a.actor_person AND own.surname_key = s.surname_key
   AND a.time >= own.valid_from AND (own.valid_to IS NULL OR a.time < own.valid_to)
  WHERE s.person IS DISTINCT FROM a.actor_person
    AND (s.address_key IS NULL OR s.address_key IS DISTINCT FROM own.address_key)
    AND coalesce(a.k, $level) >= $level
    AND (a.action <> 'search' OR a.proves = 'content')
    AND NOT EXISTS (
      SELECT 1 FROM kin AS k
      WHERE k.person = a.actor_person AND k.subject = a.about
        AND a.time >= k.valid_from AND (k.valid_to IS NULL OR a.time < k.valid_to))
)
SELECT a.actor_person, a.about, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM found AS a LEFT JOIN explained AS x ON x.event_id = a.event_id
WHERE NOT EXISTS (SELECT 1 FROM own_reasons AS o WHERE o.event_id = a.event_id)
GROUP BY a.actor_person, a.about, date_trunc('month', a.time)
HAVING count(DISTINCT CASE WHEN x.event_id IS NULL THEN a.event_id END) > 0 OR count(DISTINCT a.event_id) >= $looks
ORDER BY a.actor_person, a.about, min(a.time)
