-- detection: key_account_password
-- severity:  high
-- finds:     the password of the built-in administrator, krbtgt, a machine or the guest is changed or reset by somebody
--            else. What machines' accounts do, as when LAPS changes it, and failed tries, don't count
-- sv_finds:  Lösenordet för den inbyggda administratören, krbtgt, en dator eller gästkontot ändras eller återställs av
--            någon annan än kontot självt. Det som datorkonton gör, som när LAPS byter, och misslyckade försök räknas
--            inte.
-- sv:        Lösenordet för ett nyckelkonto (inbyggd administratör, krbtgt, dator eller gäst) har återställts av någon annan.
-- en:        The password of a key account (built-in administrator, krbtgt, machine or guest) was reset by somebody else.
-- key:       actor_account, target_account
-- window:    1
-- benign:    a planned change, for example of krbtgt; LAPS does it as the computer itself and isn't counted
-- sv_benign: planerat byte, till exempel av krbtgt; LAPS gör det som datorn själv och räknas inte
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 who asked for the change?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vem bad om bytet?
-- attack:    T1098
SELECT coalesce(lower(w.actor_account), 'anonymous') AS actor_account, lower(w.target_account) AS target_account, count(*) AS events,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code IN (4723, 4724) AND w.outcome <> 'failure' AND (w.actor_account IS NULL OR w.actor_account NOT LIKE '%$')
  AND coalesce(lower(w.actor_account), 'anonymous') <> lower(w.target_account)
  AND (w.target_sid LIKE 'S-1-5-21-%-500' OR w.target_sid LIKE 'S-1-5-21-%-501' OR w.target_sid LIKE 'S-1-5-21-%-502' OR w.target_account LIKE '%$')
GROUP BY coalesce(lower(w.actor_account), 'anonymous'), lower(w.target_account)
ORDER BY actor_account, target_account
