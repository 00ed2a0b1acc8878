-- detection: dsrm_password
-- severity:  critical
-- finds:     the restore-mode password of a domain controller is set, or tried
-- sv_finds:  Lösenordet för återställningsläget på en domänkontrollant sätts, eller någon försöker.
-- sv:        Lösenordet för återställningsläget på en domänkontrollant har satts, eller någon har försökt.
-- en:        The restore-mode password of a domain controller was set, or somebody tried to.
-- key:       actor_account
-- window:    1
-- benign:    a planned change of the password of the restore mode
-- sv_benign: planerat byte av lösenordet för återställningsläget
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 if it isn't planned: change the password and review the domain controller
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 är det inte planerat: byt lösenordet och granska domänkontrollanten
-- attack:    T1098
SELECT lower(coalesce(w.actor_account, '-')) AS actor_account, lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4794
GROUP BY lower(coalesce(w.actor_account, '-')), lower(w.computer)
ORDER BY actor_account, computer
