-- detection: tool_made_ticket
-- severity:  medium
-- finds:     a ticket with weak encryption (RC4) that was asked for a user's account in the way of attack tools
--            (options 0x40800010), as with a stolen hash
-- sv_finds:  En Kerberosbiljett med svag kryptering (RC4) begärs för ett användarkonto på det sätt som angreppsverktyg
--            gör (biljettval 0x40800010), till exempel med en stulen lösenordshash.
-- sv:        En Kerberosbiljett har begärts på det sätt som angreppsverktyg gör, till exempel med en stulen hash.
-- en:        A Kerberos ticket was asked for in the way that attack tools do, for example with a stolen hash.
-- key:       actor_account
-- window:    1
-- benign:    a computer without Windows that has older Kerberos settings
-- sv_benign: en dator utan Windows med äldre Kerberosinställningar
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 from where did the request come? change the account's password
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 varifrån kom begäran? Byt kontots lösenord
-- attack:    T1550.003
SELECT lower(w.actor_account) AS actor_account, count(*) AS events, min(w.src_ip) AS from_ip, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4768 AND w.outcome = 'success' AND w.ticket_options = '0x40800010' AND w.ticket_encryption IN ('0x17', '23') AND w.pre_auth_type = '2' AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account)
ORDER BY actor_account
