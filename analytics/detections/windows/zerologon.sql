-- detection: zerologon
-- severity:  critical
-- finds:     an anonymous caller changes a machine account's password: the sign of Zerologon (CVE-2020-1472)
-- sv_finds:  En anonym anropare byter ett datorkontos lösenord: tecknet på Zerologon (CVE-2020-1472).
-- sv:        Ett datorkontos lösenord har bytts av någon som inte var inloggad (Zerologon).
-- en:        A machine account's password was changed by somebody who was not logged in (Zerologon).
-- key:       target_account
-- window:    1
-- benign:    none known
-- sv_benign: ingen känd
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 the domain is taken: incident process now, isolate the domain controller
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 domänen är tagen: incidentprocess nu, isolera domänkontrollanten
-- attack:    T1210, T1098
SELECT lower(w.target_account) AS target_account, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4742 AND w.subject_sid = 'S-1-5-7' AND w.password_set IS NOT NULL
GROUP BY lower(w.target_account)
ORDER BY target_account
