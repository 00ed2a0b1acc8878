-- detection: replayed_ticket
-- severity:  high
-- finds:     a Kerberos ticket is replayed
-- sv_finds:  En Kerberosbiljett spelas upp en andra gång.
-- sv:        En Kerberosbiljett har spelats upp en andra gång.
-- en:        A Kerberos ticket was played a second time.
-- key:       computer
-- window:    1
-- benign:    a fault in the network, or a load balancer that sends packets again
-- sv_benign: nätverksfel eller en lastdelare som skickar om paket
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 compare the clocks; review the network between the computers
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 jämför klockorna; granska nätet mellan datorerna
-- attack:    T1558
SELECT lower(w.computer) AS computer, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4649
GROUP BY lower(w.computer)
ORDER BY computer
