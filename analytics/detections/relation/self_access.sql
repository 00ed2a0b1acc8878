-- detection: self_access
-- severity:  high
-- finds:     an employee who takes part of her or his own record, or tries to, whatever explains it and however it is
--            classified. Searches count too
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om sig själv, vad som än förklarar
--            åtkomsten och hur uppgifterna än är klassade. Även sökningar räknas.
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om sig själv.
-- en:        The employee took part of her or his own record, or tried to.
-- key:       actor_person, about
-- window:    31
-- benign:    one's own staff file or pay in a system of self-service; a test record that bears the employee's number
-- sv_benign: den egna personalakten eller lönen i ett självbetjäningssystem; en testpost som bär medarbetarens nummer
-- triage:    1 is it a system where access to one's own is intended?  2 was there an assignment?  3 a talk with the immediate manager; access to one's own without a need in the work may be unlawful data access (Criminal Code 4:9 c, NJA 2014 p. 221)
-- sv_triage: 1 gäller det ett system där egen åtkomst är avsedd?  2 fanns det ett uppdrag?  3 samtal med närmaste chef; egen åtkomst utan behov i arbetet kan vara dataintrång (BrB 4 kap. 9 c §, NJA 2014 s. 221)
-- needs:     decision
SELECT a.actor_person, a.about, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
JOIN subjects AS s
  ON s.subject = a.about AND s.person = a.actor_person
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
GROUP BY a.actor_person, a.about, date_trunc('month', a.time)
ORDER BY a.actor_person, a.about, min(a.time)
