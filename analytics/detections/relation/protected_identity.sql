-- detection: protected_identity
-- severity:  high
-- finds:     an access, or an attempt, without any explanation to what is about a person with protected identity,
--            however it is classified. Searches that list the person count too; what robots and integrations do doesn't
-- sv_finds:  En åtkomst, eller ett försök till åtkomst, som inget uppdrag förklarar, till uppgifter om en person med
--            skyddade personuppgifter, hur uppgifterna än är klassade. Även sökningar som visar personen i en
--            träfflista räknas. Vad programrobotar och integrationer gör räknas inte.
-- sv:        Uppgifter om en person med skyddade personuppgifter har öppnats, eller sökts fram, utan att något uppdrag förklarar det.
-- en:        The record of a person with protected identity was opened or searched out, and no assignment explains it.
-- key:       actor, about
-- window:    31
-- benign:    urgent support with the assignment registered afterwards; a switchboard or reception that searched for the wrong name
-- sv_benign: brådskande stöd där uppdraget registrerats i efterhand; växel eller reception som sökt på fel namn
-- triage:    1 with haste: who is the employee in relation to the protected person and the threat?  2 what was shown, above all address, school, contacts?  3 may the information have been passed on: call the head of security and the protected person's case worker before the talk with the employee  4 document the assessment of harm; a personal data breach is assessed within 72 hours
-- sv_triage: 1 skyndsamt: vem är medarbetaren i förhållande till den skyddade och hotet?  2 vad visades, särskilt adress, skola, kontaktpersoner?  3 kan uppgifterna ha lämnats vidare: kontakta säkerhetsansvarig och den skyddades handläggare före samtal med medarbetaren  4 dokumentera menprövning; personuppgiftsincident bedöms inom 72 timmar
-- needs:     decision
SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.about, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
JOIN subjects AS s
  ON s.subject = a.about
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
WHERE s.protected
  AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
GROUP BY coalesce(a.actor_person, lower(a.actor_account)), a.about, date_trunc('month', a.time)
ORDER BY actor, a.about, min(a.time)
