-- detection: tunnelled_remote_desktop
-- severity:  high
-- finds:     a connection from the machine to its own remote desktop port: the end of a tunnel. Failed tries don't
--            count
-- sv_finds:  En dator ansluter till sin egen port för fjärrskrivbord: änden på en tunnel. Misslyckade försök räknas
--            inte.
-- sv:        En dator har anslutit till sitt eget fjärrskrivbord, så som genom en tunnel.
-- en:        A machine connected to its own remote desktop, as through a tunnel.
-- key:       source, system
-- window:    1
-- benign:    an administrator who tries remote desktop on the same computer
-- sv_benign: en administratör som provar fjärrskrivbordet på samma dator
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which program opened the connection, and where does its other end go?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilket program öppnade anslutningen, och vart går dess andra ände?
-- attack:    T1572, T1021.001
SELECT e.source, e.system, count(*) AS events, min(e.src_ip) AS from_ip, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action = 'connect' AND e.outcome <> 'failure' AND (e.src_ip LIKE '127.%' OR e.src_ip = '::1') AND (e.object_id LIKE '127.%' OR e.object_id = '::1')
  AND (contains(e.details, '"DestPort":3389') OR contains(e.details, '"DestPort": 3389') OR contains(e.details, '"DestPort":"3389"') OR contains(e.details, '"DestPort": "3389"')
       OR contains(e.details, '"DestinationPort":"3389"') OR contains(e.details, '"DestinationPort": "3389"') OR contains(e.details, '"DestinationPort":3389'))
GROUP BY e.source, e.system
ORDER BY e.source, e.system
