-- detection: computer_account
-- severity:  low
-- finds:     a person makes machine accounts in the domain. What machines' accounts do themselves doesn't count
-- sv_finds:  En person skapar datorkonton i domänen. Det som datorkonton själva gör räknas inte.
-- sv:        En person har skapat datorkonton i domänen.
-- en:        A person made machine accounts in the domain.
-- key:       actor_account
-- window:    1
-- benign:    IT staff who join new computers (an exception with a decision)
-- sv_benign: IT-personal som ansluter nya datorer (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 is the computer the municipality's? set MachineAccountQuota to 0
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 hör datorn till kommunen? Sätt MachineAccountQuota till 0
-- attack:    T1136.002
SELECT lower(w.actor_account) AS actor_account, count(*) AS events, count(DISTINCT w.target_account) AS accounts, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4741 AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account)
ORDER BY actor_account
