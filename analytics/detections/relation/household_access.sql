-- detection: household_access
-- severity:  high
-- finds:     an employee who takes part of the record of somebody in her or his own household or at the same address,
--            or tries to, whatever explains it and however it is classified. Searches count too. An address that more
--            than $most share, and a pair that the register knows by another tie, is no household
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om någon i det egna hushållet eller på
--            samma adress, vad som än förklarar åtkomsten och hur uppgifterna än är klassade. Även sökningar räknas. En
--            adress som fler än $most personer delar räknas inte som ett hushåll, inte heller två personer som
--            registret har en annan relation mellan (till exempel släkt eller grannar).
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om någon i det egna hushållet eller på samma adress.
-- en:        The employee took part of the record of somebody in the own household or at the same address, or tried to.
-- key:       actor_person, about
-- window:    31
-- benign:    a lodger or new tenant registered at the address without their knowing each other; an old address that hasn't been mended; special housing or a block of flats without flat numbers
-- sv_benign: inneboende eller ny hyresgäst som folkbokförts på adressen utan att man känner varandra; gammal adress som inte hunnit rättas; särskilt boende eller flerfamiljshus utan lägenhetsnummer
-- triage:    1 is the address right for that day?  2 was the case about the person her- or himself, and could a colleague have taken it (conflict of interest)?  3 a talk with the head of unit; for unauthorised access, assess the harm and decide on a police report of unlawful data access
-- sv_triage: 1 stämmer adressen den dagen?  2 handlade ärendet om den enskilde själv, och kunde en kollega ha tagit det (jäv)?  3 samtal med enhetschefen; vid obehörig åtkomst menprövning och ställningstagande till polisanmälan för dataintrång
-- params:    most INTEGER (persons at an address that is a household) = 12
-- needs:     decision
WITH crowded AS (
  SELECT address_key FROM subjects
  WHERE address_key IS NOT NULL AND valid_to IS NULL
  GROUP BY address_key HAVING count(DISTINCT subject) > $most
),
close AS (
  SELECT a.actor_person, a.about, a.event_id, a.time, a.proves
  FROM accesses AS a
  JOIN kin AS k
    ON k.person = a.actor_person AND k.subject = a.about
   AND a.time >= k.valid_from AND (k.valid_to IS NULL OR a.time < k.valid_to)
  WHERE k.kind = 'household'
  UNION ALL
  SELECT a.actor_person, a.about, a.event_id, a.time, a.proves
  FROM accesses AS a
  JOIN subjects AS s
    ON s.subject = a.about AND s.address_key IS NOT NULL
   AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
  JOIN subjects AS own
    ON own.person = a.actor_person AND own.address_key = s.address_key
   AND a.time >= own.valid_from AND (own.valid_to IS NULL OR a.time < own.valid_to)
  WHERE s.person IS DISTINCT FROM a.actor_person
    AND NOT EXISTS (SELECT 1 FROM crowded AS c WHERE c.address_key = s.address_key)
    AND NOT EXISTS (
      SELECT 1 FROM kin AS k
      WHERE k.person = a.actor_person AND k.subject = a.about
        AND a.time >= k.valid_from AND (k.valid_to IS NULL OR a.time < k.valid_to))
)
SELECT actor_person, about, count(DISTINCT event_id) AS events,
       count(DISTINCT CASE WHEN proves = 'content' THEN event_id END) AS content,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM close
GROUP BY actor_person, about, date_trunc('month', time)
ORDER BY actor_person, about, min(time)
