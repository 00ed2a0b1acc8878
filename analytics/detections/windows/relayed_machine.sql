-- detection: relayed_machine
-- severity:  high
-- finds:     a machine's account that logs in over NTLM from another machine than its own
-- sv_finds:  En dators konto loggar in över nätet med NTLM från en annan dator än sin egen.
-- sv:        En dators konto har loggat in från en annan dator än sin egen (NTLM-relä).
-- en:        A machine's account logged in from another machine than its own (NTLM relay).
-- key:       account, computer
-- window:    1
-- benign:    clusters, and computers with several names (an exception with a decision)
-- sv_benign: kluster och datorer med flera namn (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 who controls the other computer? turn off NTLM for computer accounts and require signing
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vem styr den andra datorn? Stäng av NTLM för datorkonton och kräv signering
-- attack:    T1557.001
SELECT lower(w.actor_account) AS account, lower(w.computer) AS computer, lower(min(w.src_host)) AS from_host, count(*) AS events,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4624 AND w.logon_type = 3 AND w.logon_process = 'ntlmssp' AND w.actor_account LIKE '%$'
  AND w.src_host IS NOT NULL AND lower(w.src_host) || '$' <> lower(w.actor_account)
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY account, computer
