-- detection: remote_enumeration
-- severity:  medium
-- finds:     a person asks one machine for users, groups and sessions through at least $pipes kinds of its pipes within
--            one UTC clock hour, as mapping tools do
-- sv_finds:  En person frågar en dator om användare, grupper och sessioner genom minst $pipes slags fjärrtjänster under
--            en klocktimme, så som kartläggningsverktyg gör.
-- sv:        En person har frågat en dator om användare, grupper och sessioner på det sätt som kartläggningsverktyg gör.
-- en:        A person asked a machine for users, groups and sessions in the way that mapping tools do.
-- key:       actor_account, computer
-- window:    1
-- benign:    an inventory system (an exception with a decision)
-- sv_benign: ett inventeringssystem (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 did the account do the same to several computers?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 gjorde kontot samma sak mot flera datorer?
-- params:    pipes INTEGER (kinds of pipe an hour) = 3
-- attack:    T1087.002, T1069.002
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, date_trunc('hour', w.time) AS hour_utc,
       count(DISTINCT w.relative_target) AS pipes, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 5145 AND w.share LIKE '%ipc$' AND w.relative_target IN ('samr', 'lsarpc', 'srvsvc', 'wkssvc') AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account), lower(w.computer), date_trunc('hour', w.time)
HAVING count(DISTINCT w.relative_target) >= $pipes
ORDER BY actor_account, computer, hour_utc
