-- detection: credential_store
-- severity:  high
-- finds:     a program that a person runs opens or reads a store of passwords that it isn't meant for: LSASS, SAM, LSA
--            secrets, NTDS, or a browser's. What the browser itself reads, and to ask for LSASS's name and state,
--            doesn't count. Nor do refused tries
-- sv_finds:  Ett program som körs av en person öppnar eller läser en lösenordsförvaring som det inte är avsett för:
--            LSASS, SAM, LSA-hemligheter, NTDS eller en webbläsares. Det som webbläsaren själv läser, och en förfrågan
--            om namn och tillstånd för LSASS, räknas inte. Nekade försök räknas inte.
-- sv:        Ett program har läst en lösenordsförvaring som det inte är avsett för.
-- en:        A program read a store of passwords that it is not meant for.
-- key:       actor_account, computer
-- window:    1
-- benign:    backup or antivirus (an exception with a decision)
-- sv_benign: säkerhetskopiering eller virusskydd (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which program was it? change the passwords of the accounts that may have been read
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilket program var det? Byt lösenord på de konton som kan ha lästs
-- attack:    T1003.001, T1003.002, T1555.003
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.process) AS program, min(lower(w.object_path)) AS store,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4656, 4663) AND w.actor_account NOT LIKE '%$' AND w.outcome <> 'failure'
  AND NOT (lower(w.object_path) LIKE '%chrome%' AND w.process LIKE '%chrome.exe') AND NOT (lower(w.object_path) LIKE '%edge%' AND w.process LIKE '%msedge.exe')
  AND NOT (lower(w.object_path) LIKE '%firefox%' AND w.process LIKE '%firefox.exe') AND NOT (lower(w.object_path) LIKE '%opera%' AND w.process LIKE '%opera.exe')
  -- to ask for a process's name and state is no reading
  AND NOT (lower(w.object_path) LIKE '%lsass%' AND coalesce(w.access_mask, '-') IN ('0x1000', '0x1400', '0x400', '0x100000', '0x1', '0x101000'))
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
