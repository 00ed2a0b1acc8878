-- detection: admin_share_write
-- severity:  medium
-- finds:     a person writes, changes or deletes files on another machine through an administrative share (ADMIN$, C$
--            …). Failed tries don't count
-- sv_finds:  En person skriver, ändrar eller tar bort filer på en annan dator genom en administrativ delning (ADMIN$,
--            C$ och liknande). Misslyckade försök räknas inte.
-- sv:        En person har skrivit filer på en annan dator genom en administrativ delning (ADMIN$, C$).
-- en:        A person wrote files on another machine through an administrative share (ADMIN$, C$).
-- key:       actor_account, computer
-- window:    1
-- benign:    an administrator who puts files in place; distribution of programs (an exception with a decision)
-- sv_benign: en administratör som lägger ut filer; programdistribution (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which files were written, and were they run?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilka filer skrevs, och kördes de?
-- attack:    T1021.002, T1570
SELECT lower(w.actor_account) AS actor_account, lower(w.computer) AS computer, count(*) AS events, min(w.relative_target) AS first_file, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 5145 AND (w.share LIKE '%admin$' OR w.share LIKE '__*__$') AND w.action IN ('create', 'update', 'delete') AND w.outcome <> 'failure' AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account), lower(w.computer)
ORDER BY actor_account, computer
