-- detection: explicit_credentials
-- severity:  low
-- finds:     a person's session that logs in as another account, or tries to, with typed-in or stored credentials
--            (4648). One person's own accounts are no others'; machines' accounts, and Windows' own prompts for consent
--            (UAC), don't count
-- sv_finds:  En persons session loggar in som ett annat konto, eller försöker, med inskrivna eller sparade
--            inloggningsuppgifter (Windows händelse 4648). En persons egna konton räknas inte som andras, och inte
--            heller räknas datorkonton och Windows egna frågor om godkännande (UAC).
-- sv:        En persons session har loggat in som ett annat konto.
-- en:        A person's session logged in as another account.
-- key:       actor_account, target_account
-- window:    1
-- benign:    an administrator who changes to the administrative account; a scheduled job
-- sv_benign: en administratör som byter till sitt administrativa konto; ett schemalagt jobb
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 do the accounts belong to one person? where did the credentials come from?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 hör kontona till samma person? Var kom uppgifterna ifrån?
-- attack:    T1078, T1550
SELECT lower(w.actor_account) AS actor_account, lower(w.target_account) AS target_account, count(*) AS events, count(DISTINCT lower(w.target_server)) AS servers,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4648 AND w.actor_account NOT LIKE '%$' AND w.target_account NOT LIKE '%$' AND lower(w.target_account) <> lower(w.actor_account)
  AND w.actor_account NOT IN ('UMFD-0', 'UMFD-1') AND (w.process IS NULL OR w.process NOT LIKE '%consent.exe')
  -- one person's own accounts are no others'
  AND NOT EXISTS (SELECT 1 FROM aliases AS mine JOIN aliases AS theirs ON theirs.person = mine.person
                  WHERE mine.key = lower(w.actor_account) AND theirs.key = lower(w.target_account))
GROUP BY lower(w.actor_account), lower(w.target_account)
ORDER BY actor_account, target_account
