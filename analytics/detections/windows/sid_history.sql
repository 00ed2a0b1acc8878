-- detection: sid_history
-- severity:  high
-- finds:     a SID history is added to an account, or tried: it carries another's rights
-- sv_finds:  Ett konto får, eller någon försöker ge det, en SID-historik: den bär ett annat kontos rättigheter.
-- sv:        Ett konto har fått, eller någon har försökt ge det, ett annat kontos gamla identitet (SID-historik).
-- en:        An account was given another account's old identity (SID history), or somebody tried to.
-- key:       target_account
-- window:    1
-- benign:    accounts moved between domains
-- sv_benign: flytt av konton mellan domäner
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 remove the history if no move is under way
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 ta bort historiken om ingen flytt pågår
-- attack:    T1134.005
SELECT lower(w.target_account) AS target_account, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4765, 4766) OR (w.code IN (4738, 4742) AND w.sid_history IS NOT NULL AND w.sid_history <> '%%1793')
GROUP BY lower(w.target_account)
ORDER BY target_account
