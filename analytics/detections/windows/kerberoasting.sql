-- detection: kerberoasting
-- severity:  high
-- finds:     a person asks for service tickets with weak encryption (RC4 or DES) to at least $services services within
--            one UTC clock hour, or for any in the way that tools do (options 0x40800000). Services of machines'
--            accounts, and krbtgt, don't count
-- sv_finds:  En person hämtar tjänstebiljetter med svag kryptering (RC4 eller DES) till minst $services tjänster under
--            en klocktimme, eller till någon enda på det sätt som angreppsverktyg gör (biljettval 0x40800000). Tjänster
--            som körs av datorkonton, och krbtgt, räknas inte.
-- sv:        Ett konto har hämtat tjänstebiljetter med svag kryptering till flera tjänster, så att lösenorden kan knäckas.
-- en:        An account fetched service tickets with weak encryption to several services, so that passwords can be cracked.
-- key:       actor_account
-- window:    1
-- benign:    older services that know RC4 only; a vulnerability scan (an exception with a decision)
-- sv_benign: äldre tjänster som bara klarar RC4; sårbarhetsskanning (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 give the service accounts long, random passwords; turn off RC4
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 byt lösenord på tjänstekontona till långa och slumpmässiga; stäng av RC4
-- params:    services INTEGER (services an hour) = 3
-- attack:    T1558.003
WITH weak AS (
  SELECT lower(w.actor_account) AS actor_account, date_trunc('hour', w.time) AS hour_utc, lower(w.service) AS service, w.event_id, w.ticket_options
  FROM windows_fields AS w
  WHERE w.code = 4769 AND w.outcome = 'success' AND w.ticket_encryption IN ('0x17', '0x18', '0x1', '0x3', '23', '24')
    AND w.actor_account NOT LIKE '%$' AND w.actor_account NOT LIKE '%$@%' AND w.service NOT LIKE '%$' AND lower(w.service) <> 'krbtgt'
)
SELECT actor_account, hour_utc, count(DISTINCT service) AS services, list_sort(list(event_id)) AS evidence
FROM weak
GROUP BY actor_account, hour_utc
HAVING count(DISTINCT service) >= $services OR count(CASE WHEN ticket_options = '0x40800000' THEN 1 END) > 0
ORDER BY actor_account, hour_utc
