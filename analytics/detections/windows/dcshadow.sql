-- detection: dcshadow
-- severity:  critical
-- finds:     a person gives a machine the service names of a domain controller (DCShadow)
-- sv_finds:  En person ger en dator de tjänstenamn som en domänkontrollant har (DCShadow).
-- sv:        En person har gjort en dator till domänkontrollant i katalogens ögon (DCShadow).
-- en:        A person made a machine a domain controller in the eyes of the directory (DCShadow).
-- key:       actor_account, target_account
-- window:    1
-- benign:    a server being made a domain controller
-- sv_benign: uppgradering av en server till domänkontrollant
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 if no upgrade is planned: isolate the computer and review all that was replicated
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 är det ingen planerad uppgradering: isolera datorn och granska allt som har replikerats
-- attack:    T1207
SELECT lower(w.actor_account) AS actor_account, lower(w.target_account) AS target_account, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4742 AND w.actor_account NOT LIKE '%$' AND (contains(w.principal_names, 'gc/') OR contains(w.principal_names, 'e3514235-4b06-11d1-ab04-00c04fc2dcd2'))
GROUP BY lower(w.actor_account), lower(w.target_account)
ORDER BY actor_account, target_account
