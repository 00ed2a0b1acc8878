-- detection: blocked_record
-- severity:  high
-- finds:     a block (spärr) or missing right that was passed in an emergency, or where that was tried, without any explanation or without
--            a reason in words of at least $reason characters
-- sv_finds:  En nödöppning, det vill säga att en spärr eller en saknad behörighet har forcerats i ett nödläge, eller
--            ett försök till det, som inget uppdrag förklarar eller där inget skäl på minst $reason tecken har angetts.
-- sv:        Nödöppning av spärrade uppgifter, eller försök till det, utan att något uppdrag förklarar den eller utan angivet skäl.
-- en:        An emergency opening of blocked information, or a try, that no assignment explains or without a stated reason.
-- key:       actor, about
-- window:    31
-- benign:    acute danger to life or health, with the reason written in the record instead; the block was lifted with the patient's consent; on call without a registered shift
-- sv_benign: akut fara för liv eller hälsa där skälet antecknades i journalen i stället; spärren hävdes med den enskildes samtycke; inkallad jour utan registrerat pass
-- triage:    1 was the person's life in danger, or the health at serious risk (Patient Data Act 4:5, 6:4)?  2 what was written, and did the person consent?  3 breaking the glass without a ground is unauthorised access: assess the harm, and inform the person
-- sv_triage: 1 fanns fara för den enskildes liv eller allvarlig risk för hälsan (PDL 4 kap. 5 §, 6 kap. 4 §)?  2 vad antecknades, och samtyckte den enskilde?  3 nödöppning utan grund är obehörig åtkomst: menprövning, och den enskilde informeras
-- params:    reason INTEGER (characters that a reason has at least) = 4
SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.about,
       count(DISTINCT CASE WHEN x.event_id IS NULL THEN a.event_id END) AS unexplained,
       count(DISTINCT CASE WHEN length(coalesce(a.purpose, '')) < $reason THEN a.event_id END) AS without_reason,
       count(DISTINCT a.event_id) AS events,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
LEFT JOIN explained AS x ON x.event_id = a.event_id
WHERE a.action = 'break_glass' AND (x.event_id IS NULL OR length(coalesce(a.purpose, '')) < $reason)
GROUP BY coalesce(a.actor_person, lower(a.actor_account)), a.about, date_trunc('month', a.time)
ORDER BY actor, a.about, min(a.time)
