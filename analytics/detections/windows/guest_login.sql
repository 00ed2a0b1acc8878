-- detection: guest_login
-- severity:  medium
-- finds:     the guest account (RID 501) logs in
-- sv_finds:  Gästkontot (RID 501) loggar in.
-- sv:        Gästkontot har loggat in.
-- en:        The guest account logged in.
-- key:       computer
-- window:    1
-- benign:    an open share that is meant to be so
-- sv_benign: en öppen delning som är avsedd så
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 turn off the guest account
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 stäng av gästkontot
-- attack:    T1078.001
SELECT lower(w.computer) AS computer, count(*) AS events, min(w.src_ip) AS from_ip, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4624 AND w.target_sid LIKE 'S-1-5-21-%-501'
GROUP BY lower(w.computer)
ORDER BY computer
