-- detection: new_credentials
-- severity:  high
-- finds:     a session with other credentials for the network than its own (log-on type 9 by seclogo), as pass-the-hash tools and runas /netonly make it
-- sv_finds:  En session med andra inloggningsuppgifter ut mot nätet än sina egna (inloggningstyp 9 genom seclogo), så
--            som verktyg för stulna lösenordshashar och runas /netonly skapar den.
-- sv:        En session har fått andra inloggningsuppgifter ut mot nätet än sina egna, så som verktyg för stulna lösenordshashar gör.
-- en:        A session got other credentials for the network than its own, as tools for stolen password hashes do.
-- key:       actor_account, computer
-- window:    1
-- benign:    an administrator who uses runas /netonly
-- sv_benign: en administratör som använder runas /netonly
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 isolate the computer if nobody knows of it; change the passwords of the accounts that were used from there
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 isolera datorn om ingen känns vid det; byt lösenord på de konton som användes därifrån
-- attack:    T1550.002, T1134.002
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4624 AND w.logon_type = 9 AND w.logon_process = 'seclogo' AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
