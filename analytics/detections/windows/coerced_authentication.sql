-- detection: coerced_authentication
-- severity:  medium
-- finds:     a person opens the pipe of the print service, or of distributed files (DFS), of a machine where at most
--            $users accounts do, or tries to: a way to make the machine log in elsewhere
-- sv_finds:  En person öppnar, eller försöker öppna, utskriftstjänsten eller tjänsten för distribuerade filer (DFS) på
--            en dator där högst $users konton gör det: ett sätt att få datorn att logga in någon annanstans.
-- sv:        En person har öppnat utskriftstjänsten på en dator som nästan ingen skriver ut på; så kan datorn luras att logga in någon annanstans.
-- en:        A person opened the print service of a machine hardly anybody prints on, which can lure it to log in elsewhere.
-- key:       actor_account, computer
-- window:    1
-- benign:    a new print server; an administrator who sets up printers
-- sv_benign: en ny skrivarserver; en administratör som ställer in skrivare
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 turn off the print service on servers that don't print
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 stäng av utskriftstjänsten på servrar som inte skriver ut
-- params:    users INTEGER (accounts on one machine, at most) = 3
-- attack:    T1187
WITH opened AS (
  SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, w.event_id, w.src_ip
  FROM windows_fields AS w
  WHERE w.code = 5145 AND w.share LIKE '%ipc$' AND w.relative_target IN ('spoolss', 'netdfs') AND w.actor_account NOT LIKE '%$'
),
quiet AS (
  SELECT computer FROM opened GROUP BY computer HAVING count(DISTINCT actor_account) <= $users
)
SELECT o.actor_account, o.computer, count(*) AS events, min(o.src_ip) AS from_ip, list_sort(list(o.event_id)) AS evidence
FROM opened AS o JOIN quiet AS q ON q.computer = o.computer
GROUP BY o.actor_account, o.computer
ORDER BY o.actor_account, o.computer
