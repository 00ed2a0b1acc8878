-- detection: local_account
-- severity:  medium
-- finds:     a person makes a local account on a machine, or enables the guest
-- sv_finds:  En person skapar ett lokalt konto på en dator, eller aktiverar gästkontot.
-- sv:        En person har skapat ett lokalt konto på en dator, eller aktiverat gästkontot.
-- en:        A person made a local account on a machine, or enabled the guest account.
-- key:       target_account, computer
-- window:    1
-- benign:    the installation of a new computer, or of a system that needs a local account
-- sv_benign: installation av en ny dator eller ett system som kräver ett lokalt konto
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 is the account needed? is it a member of any group?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 behövs kontot? Är det med i någon grupp?
-- attack:    T1136.001, T1078.001
SELECT lower(w.target_account) AS target_account, lower(w.computer) AS computer, count(*) AS events, min(lower(w.actor_account)) AS by_account,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.actor_account NOT LIKE '%$' AND w.target_account NOT LIKE '%$'
  AND ((w.code = 4720 AND starts_with(lower(w.computer) || '.', lower(w.target_domain) || '.'))
       OR (w.code = 4722 AND w.target_sid LIKE 'S-1-5-21-%-501'))
GROUP BY lower(w.target_account), lower(w.computer)
ORDER BY target_account, computer
