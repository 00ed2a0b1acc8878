-- detection: search_without_open
-- severity:  medium
-- finds:     an employee who in one day makes at least $searches searches that at most the unit's work explains (its
--            assignment or responsibility, a shift, a contact or earlier documents) and that day opens none of the
--            persons whom they found: what was wanted may have stood in the list. Searches in information of
--            confidentiality $level or higher, or unclassified, count. Those that found more than $listed persons, or
--            none that is known, don't; refused ones do. What robots and integrations do doesn't count
-- sv_finds:  En medarbetare som på en dag gör minst $searches sökningar som på sin höjd enhetens arbete förklarar
--            (enhetens uppdrag eller ansvar, ett arbetspass, en kontakt eller tidigare dokumentation) utan att den
--            dagen öppna någon av de personer som de gav: det som söktes kan ha stått redan i träfflistan. Sökningar
--            bland uppgifter med konfidentialitet $level eller högre räknas, och bland oklassade. Sökningar som gav
--            fler än $listed personer, eller ingen känd, räknas inte; nekade sökningar räknas. Vad programrobotar och
--            integrationer gör räknas inte.
-- sv:        Medarbetaren har sökt fram flera personer utan att öppna någon av dem och utan att något eget uppdrag förklarar sökningarna.
-- en:        The employee searched out several persons and opened none; no assignment of her or his own explains it.
-- attack:    T1213
-- key:       actor
-- window:    1
-- benign:    a reception, switchboard or contact centre that confirms a name and where it belongs; care of a register; looking for the right one of several by the same name
-- sv_benign: reception, växel eller kontaktcenter som bekräftar namn och tillhörighet; registervård; söker efter rätt namne
-- triage:    1 what does the list of hits show: address, unit, protection?  2 do the searches belong to the employee's task?  3 who was searched for: the well-known, neighbours, colleagues?
-- sv_triage: 1 vad visar träfflistan: adress, enhet, skyddsmarkering?  2 hör sökningarna till medarbetarens uppgift?  3 vilka söktes: kända, grannar, kollegor?
-- params:    searches INTEGER (searches in a local day) = 10; listed INTEGER (persons in one search at most) = 20;
--            level INTEGER (lowest K level, and what isn't classified) = 2
WITH looked AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.about
  FROM accesses AS a
  WHERE a.action <> 'search' AND a.about IS NOT NULL AND a.outcome IS DISTINCT FROM 'failure'
),
hits AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.time, a.system, a.about, a.event_id
  FROM accesses AS a
  WHERE a.action = 'search' AND a.about IS NOT NULL
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM pile_reasons AS p WHERE p.event_id = a.event_id)
),
opened AS (
  SELECT DISTINCT h.actor, h.local_day, h.time, h.system
  FROM hits AS h JOIN looked AS l ON l.actor = h.actor AND l.local_day = h.local_day AND l.about = h.about
),
unanswered AS (
  SELECT h.actor, h.local_day, h.time, h.system
  FROM hits AS h
  WHERE NOT EXISTS (
    SELECT 1 FROM opened AS o
    WHERE o.actor = h.actor AND o.local_day = h.local_day AND o.time = h.time AND o.system IS NOT DISTINCT FROM h.system)
  GROUP BY h.actor, h.local_day, h.time, h.system HAVING count(DISTINCT h.about) <= $listed
)
SELECT h.actor, h.local_day AS day, count(DISTINCT h.time) AS searches, count(DISTINCT h.about) AS subjects,
       list_sort(list(DISTINCT h.event_id) FILTER (WHERE h.event_id IS NOT NULL)) AS evidence
FROM hits AS h
JOIN unanswered AS u
  ON u.actor = h.actor AND u.local_day = h.local_day AND u.time = h.time AND u.system IS NOT DISTINCT FROM h.system
GROUP BY h.actor, h.local_day
HAVING count(DISTINCT h.time) >= $searches
ORDER BY h.actor, h.local_day
