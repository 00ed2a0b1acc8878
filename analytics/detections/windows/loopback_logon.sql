-- detection: loopback_logon
-- severity:  high
-- finds:     a log-in over the network (3) or by remote desktop (10) that comes from the machine itself: a tunnel or a
--            relay. Machines' accounts don't count
-- sv_finds:  En inloggning över nätet (typ 3) eller med fjärrskrivbord (typ 10) som kommer från datorn själv: en tunnel
--            eller ett relä. Datorkonton räknas inte.
-- sv:        En inloggning över nätet eller med fjärrskrivbord kom från datorn själv, så som genom en tunnel eller ett relä.
-- en:        A log-in over the network or by remote desktop came from the machine itself, as through a tunnel or a relay.
-- key:       account, computer
-- window:    1
-- benign:    a service that logs in to its own computer by an account of its own (an exception with a decision)
-- sv_benign: en tjänst som loggar in mot sin egen dator med ett eget konto (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which process listens on the computer? isolate it
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilken process lyssnar på datorn? Isolera den
-- attack:    T1572, T1068, T1557
SELECT coalesce(lower(w.actor_account), 'anonymous') AS account, lower(w.computer) AS computer, count(*) AS events,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4624 AND w.src_ip IN ('127.0.0.1', '::1') AND (w.actor_account IS NULL OR w.actor_account NOT LIKE '%$')
  AND (w.logon_type = 10 OR (w.logon_type = 3 AND w.src_port > 0))
GROUP BY coalesce(lower(w.actor_account), 'anonymous'), lower(w.computer)
ORDER BY account, computer
