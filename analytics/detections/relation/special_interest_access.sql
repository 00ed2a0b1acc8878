-- detection: special_interest_access
-- severity:  high
-- finds:     an access, or an attempt, without any explanation to what is about a person of special interest: in the
--            news, well known, or known to many of the staff. Information of confidentiality $level or higher, or
--            unclassified, counts. Searches that list the person count too; what robots and integrations do doesn't
-- sv_finds:  En åtkomst, eller ett försök till åtkomst, som inget uppdrag förklarar, till uppgifter om en person av
--            särskilt intresse: omskriven i medierna, allmänt känd eller känd av många i personalen. Uppgifter med
--            konfidentialitet $level eller högre räknas, och oklassade. Även sökningar som visar personen i en
--            träfflista räknas; vad programrobotar och integrationer gör räknas inte.
-- sv:        Uppgifter om en person av särskilt intresse (omskriven, känd eller lokalt välkänd) har öppnats utan att något uppdrag förklarar det.
-- en:        The record of a person of special interest (in the news or well known) was opened; no assignment explains it.
-- key:       actor, about
-- window:    31
-- benign:    the assignment was registered afterwards; somebody of the same name as the well-known person
-- sv_benign: uppdraget registrerades i efterhand; namne till den kända personen
-- triage:    1 what happened around the person that day?  2 have several employees opened the same? see also the crowd on one person  3 ask the employee what the work needed it for; curiosity is no need
-- sv_triage: 1 vad hände kring personen den dagen?  2 har flera medarbetare öppnat samma uppgifter? se även anhopning på en person  3 fråga medarbetaren vad behovet i arbetet var; nyfikenhet är inget behov
-- params:    level INTEGER (lowest K level, and what isn't classified) = 2
SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.about, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
JOIN subjects AS s
  ON s.subject = a.about
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
WHERE s.special_interest
  AND coalesce(a.k, $level) >= $level
  AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
GROUP BY coalesce(a.actor_person, lower(a.actor_account)), a.about, date_trunc('month', a.time)
ORDER BY actor, a.about, min(a.time)
