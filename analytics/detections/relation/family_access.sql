-- detection: family_access
-- severity:  high
-- finds:     an employee who takes part of the record of a relative, a spouse, or a former spouse or member of the
--            household, or tries to, whatever explains it and however it is classified. Searches count too
-- sv_finds:  En medarbetare som tar del av, eller försöker ta del av, uppgifter om en släkting, en make, maka eller
--            registrerad partner, eller en tidigare make, maka eller hushållsmedlem, vad som än förklarar åtkomsten och
--            hur uppgifterna än är klassade. Även sökningar räknas.
-- sv:        Medarbetaren har tagit del av, eller försökt ta del av, uppgifter om en anhörig eller en tidigare partner.
-- en:        The employee took part of the record of a relative or a former partner, or tried to.
-- key:       actor_person, about
-- window:    31
-- benign:    a relative who lives at the employee's own unit, where no colleague was at hand; a kinship that the employee doesn't know of
-- sv_benign: anhörig som bor på medarbetarens egen enhet, där en kollega inte fanns att tillgå; släktskap som är okänt för medarbetaren
-- triage:    1 which kinship, and did it hold that day?  2 was the employee alone on duty, and was the conflict of interest reported?  3 with special haste for a former partner or a custody dispute: look for protected personal data and for threats  4 a talk with the head of unit; assess the harm, perhaps a police report of unlawful data access
-- sv_triage: 1 vilket släktskap och gällde det den dagen?  2 var medarbetaren ensam i tjänst, och anmäldes jävet?  3 särskilt skyndsamt vid tidigare partner eller vårdnadstvist: kontrollera skyddade personuppgifter och hotbild  4 samtal med enhetschefen; menprövning, eventuell polisanmälan för dataintrång
-- needs:     decision
SELECT a.actor_person, a.about, list_sort(list(DISTINCT k.kind) FILTER (WHERE k.kind IS NOT NULL)) AS ties,
       count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM accesses AS a
JOIN kin AS k
  ON k.person = a.actor_person AND k.subject = a.about
 AND a.time >= k.valid_from AND (k.valid_to IS NULL OR a.time < k.valid_to)
WHERE k.kind IN ('spouse', 'child', 'parent', 'sibling', 'other_family', 'former')
GROUP BY a.actor_person, a.about, date_trunc('month', a.time)
ORDER BY a.actor_person, a.about, min(a.time)
