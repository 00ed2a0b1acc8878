-- detection: admin_by_ntlm
-- severity:  low
-- finds:     the built-in administrator (RID 500) logs in over the network by NTLM with no session key, as with a stolen hash
-- sv_finds:  Den inbyggda administratören (RID 500) loggar in över nätet med NTLM utan sessionsnyckel, så som med en
--            stulen lösenordshash.
-- sv:        Den inbyggda administratören har loggat in över nätet på ett sätt som liknar inloggning med stulen lösenordshash.
-- en:        The built-in administrator logged in over the network in a way that resembles log-in with a stolen password hash.
-- key:       actor_account, computer
-- window:    1
-- benign:    an older service or a script that uses the built-in administrator
-- sv_benign: en äldre tjänst eller ett skript som använder den inbyggda administratören
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 replace the account by personal ones; introduce LAPS
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 ersätt kontot med personliga; inför LAPS
-- attack:    T1550.002, T1078
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4624 AND w.logon_type = 3 AND w.logon_process = 'ntlmssp' AND w.key_length = 0 AND w.target_sid LIKE 'S-1-5-21-%-500'
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
