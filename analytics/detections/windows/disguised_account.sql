-- detection: disguised_account
-- severity:  high
-- finds:     a user account with a name like a machine's ($), a machine's account without, or an account renamed from
--            or to such a name
-- sv_finds:  Ett användarkonto med ett namn som en dators (som slutar på $), ett datorkonto med ett namn som inte är en
--            dators, eller ett konto som byter namn från eller till ett sådant.
-- sv:        Ett användarkonto har fått ett namn som en dators, eller tvärtom.
-- en:        A user account was given a name like a machine's, or the other way round.
-- key:       target_account
-- window:    1
-- benign:    managed service accounts (gMSA) are made by 4741 and aren't counted
-- sv_benign: hanterade tjänstekonton (gMSA) skapas av 4741 och räknas inte
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 remove the account; who made it?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 ta bort kontot; vem skapade det?
-- attack:    T1036.010, T1136.001
SELECT lower(coalesce(w.new_name, w.target_account)) AS target_account, count(*) AS events, min(lower(w.actor_account)) AS by_account,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE (w.code = 4720 AND w.target_account LIKE '%$')
   OR (w.code = 4741 AND w.target_account NOT LIKE '%$')
   OR (w.code = 4781 AND ((w.old_name LIKE '%$' AND w.new_name NOT LIKE '%$') OR (w.old_name NOT LIKE '%$' AND w.new_name LIKE '%$')))
GROUP BY lower(coalesce(w.new_name, w.target_account))
ORDER BY target_account
