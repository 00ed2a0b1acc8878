-- detection: weakened_account
-- severity:  high
-- finds:     an account is made easier to abuse: no pre-authentication, reversible password, DES, or trusted for delegation
-- sv_finds:  Ett konto görs lättare att missbruka: utan förautentisering, med lösenord som kan återskapas i klartext,
--            med DES, eller betrott att agera i andras namn (delegering).
-- sv:        Ett konto har gjorts lättare att missbruka (utan förautentisering, svag kryptering eller rätt att agera i andras namn).
-- en:        An account was made easier to abuse (no pre-authentication, weak encryption or a right to act for others).
-- key:       actor_account, target_account
-- window:    1
-- benign:    the setting-up of a service account for a system that needs it
-- sv_benign: inställning av ett tjänstekonto för ett system som kräver det
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 put the setting back
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 återställ inställningen
-- attack:    T1098, T1558.004
SELECT lower(w.actor_account) AS actor_account, lower(w.target_account) AS target_account, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4738, 4742) AND w.actor_account NOT LIKE '%$' AND (contains(w.account_control, '%%2091') OR contains(w.account_control, '%%2093') OR contains(w.account_control, '%%2095')
       OR contains(w.account_control, '%%2096') OR contains(w.account_control, '%%2098') OR (w.delegates_to IS NOT NULL AND w.delegates_to <> '%%1793'))
GROUP BY lower(w.actor_account), lower(w.target_account)
ORDER BY actor_account, target_account
