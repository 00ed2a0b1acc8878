-- detection: anonymous_share
-- severity:  medium
-- finds:     a hidden or administrative share, or the pipes of a machine (IPC$), are reached without log-in. Failed
--            tries don't count
-- sv_finds:  En dold eller administrativ delning, eller en dators fjärrtjänster (IPC$), nås utan inloggning.
--            Misslyckade försök räknas inte.
-- sv:        En dold delning eller en dators fjärrtjänster har nåtts utan inloggning.
-- en:        A hidden share or a machine's remote services were reached without log-in.
-- key:       computer
-- window:    1
-- benign:    an older printer or an older system
-- sv_benign: en äldre skrivare eller ett äldre system
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 close anonymous access to the computer
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 stäng anonym åtkomst på datorn
-- attack:    T1135, T1087.002
SELECT lower(w.computer) AS computer, count(*) AS events, min(w.src_ip) AS from_ip, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (5140, 5145) AND w.subject_sid = 'S-1-5-7' AND w.outcome <> 'failure'
GROUP BY lower(w.computer)
ORDER BY computer
