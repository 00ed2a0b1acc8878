-- detection: share_created
-- severity:  low
-- finds:     a person shares a folder of a machine on the network
-- sv_finds:  En person delar ut en mapp på en dator till nätet.
-- sv:        En person har delat ut en mapp på nätet.
-- en:        A person shared a folder on the network.
-- key:       actor_account, computer
-- window:    1
-- benign:    IT staff who set up a share
-- sv_benign: IT-personal som lägger upp en delning
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 is the share needed, and who can reach it?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 behövs delningen, och vilka når den?
-- attack:    T1021.002, T1039
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.share) AS share, min(w.share_path) AS path, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 5142 AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
