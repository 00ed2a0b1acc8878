-- detection: asrep_roasting
-- severity:  high
-- finds:     a ticket with weak encryption (RC4) for a user's account that needs no pre-authentication, so that its
--            password can be cracked
-- sv_finds:  En Kerberosbiljett med svag kryptering (RC4) hämtas för ett användarkonto som inte kräver
--            förautentisering, så att kontots lösenord kan knäckas.
-- sv:        En biljett med svag kryptering har hämtats för ett konto som inte kräver förautentisering.
-- en:        A ticket with weak encryption was fetched for an account that requires no pre-authentication.
-- key:       actor_account
-- window:    1
-- benign:    an older system that needs pre-authentication turned off
-- sv_benign: ett äldre system som kräver att förautentisering är avslagen
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 turn on pre-authentication for the account and change its password
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 slå på förautentisering för kontot och byt dess lösenord
-- attack:    T1558.004
SELECT lower(w.actor_account) AS actor_account, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4768 AND w.outcome = 'success' AND w.pre_auth_type = '0' AND w.ticket_encryption IN ('0x17', '23') AND w.actor_account NOT LIKE '%$'
GROUP BY lower(w.actor_account)
ORDER BY actor_account
