-- detection: shadow_copy
-- severity:  high
-- finds:     a person makes a shadow copy of a disk, from which password databases can be taken
-- sv_finds:  En person gör en skuggkopia av en disk, ur vilken lösenordsdatabaser kan hämtas.
-- sv:        En person har gjort en skuggkopia av en disk, ur vilken lösenordsdatabaser kan hämtas.
-- en:        A person made a shadow copy of a disk, from which password databases can be taken.
-- key:       actor_account, computer
-- window:    1
-- benign:    a backup under a personal account
-- sv_benign: säkerhetskopiering under ett personkonto
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 was anything taken away out of the copy?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 fördes något ur kopian bort?
-- attack:    T1003.003
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 8222 AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
