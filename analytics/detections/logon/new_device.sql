-- detection: new_device
-- severity:  medium
-- finds:     a first log-in with a device that the account has not used before, after at least $known with at most
--            $devices devices over at least $days days; only log-ins that succeeded, in services that know the device
--            (Entra ID and Microsoft 365, VPN, identity provider). Shown with what the account did from the same
--            address in the day after. It is ranked by a tenth of what it did there, if the address is one that neither
--            the account nor anybody else used before; a new telephone at home or in town says little
-- sv_finds:  En första inloggning med en enhet som kontot inte har använt tidigare, efter minst $known inloggningar med
--            högst $devices enheter under minst $days dagar. Bara lyckade inloggningar i tjänster som känner igen
--            enheten räknas (Entra ID och Microsoft 365, VPN, identitetstjänst). Fyndet visar också vad kontot gjorde
--            från samma adress det närmaste dygnet. Vid rangordningen väger det som kontot gjorde där en tiondel, och
--            bara om adressen är en som varken kontot eller någon annan har använt tidigare: en ny telefon hemma eller
--            på stan säger lite.
-- sv:        Kontot har loggat in med en enhet som det inte har använt tidigare.
-- en:        The account logged in with a device that it has not used before.
-- key:       account, device
-- window:    30
-- benign:    a new computer or telephone; an exchanged device
-- sv_benign: ny dator eller telefon; utbytt enhet
-- triage:    1 has the holder got a new device?  2 from where was the log-in, and are there other signs (a new country, a new MFA method)?  3 ask the holder
-- sv_triage: 1 har innehavaren fått en ny enhet?  2 varifrån kom inloggningen, och finns det andra tecken (nytt land, ny MFA-metod)?  3 fråga innehavaren
-- params:    known INTEGER (earlier log-ins) = 20; devices INTEGER (devices used before, at most) = 4; days INTEGER (days since the first log-in) = 14
-- attack:    T1078
WITH logins AS (
  SELECT lower(e.actor_account) AS account, lower(coalesce(e.device, e.src_host)) AS device, e.src_ip, e.event_id, e.time
  FROM events AS e
  WHERE e.action = 'login' AND e.outcome = 'success' AND e.actor_account IS NOT NULL AND coalesce(e.device, e.src_host) IS NOT NULL
    AND e.source IN (SELECT source FROM sources WHERE mapping IN ('entra_signin', 'm365_audit', 'keycloak', 'fortigate', 'cef'))
),
seen AS (
  SELECT account, device, min(time) AS first_utc FROM logins GROUP BY account, device
),
fresh AS (
  SELECT s.account, s.device, s.first_utc, count(*) AS known, count(DISTINCT o.device) AS devices
  FROM seen AS s JOIN logins AS o ON o.account = s.account AND o.time < s.first_utc
  GROUP BY s.account, s.device, s.first_utc
  HAVING count(*) >= $known AND count(DISTINCT o.device) <= $devices AND min(o.time) <= s.first_utc - $days * INTERVAL 1 DAY
),
came AS (
  SELECT f.account, f.device, f.first_utc, f.known, f.devices, l.event_id, l.src_ip
  FROM fresh AS f
  JOIN logins AS l ON l.account = f.account AND l.device = f.device AND l.time < f.first_utc + INTERVAL 1 DAY
),
places_of AS (
  SELECT src_ip, min(time) AS first_utc FROM events WHERE src_ip IN (SELECT src_ip FROM came) AND outcome IS DISTINCT FROM 'failure' GROUP BY src_ip
),
rested AS (
  SELECT account, device, first_utc, known, devices, event_id, false AS strange, false AS acted FROM came
  UNION
  SELECT c.account, c.device, c.first_utc, c.known, c.devices, e.event_id, p.first_utc >= c.first_utc, e.action NOT IN ('login', 'logout')
  FROM came AS c
  JOIN places_of AS p ON p.src_ip = c.src_ip
  JOIN events AS e ON lower(e.actor_account) = c.account AND e.src_ip = c.src_ip AND e.time >= c.first_utc AND e.time < c.first_utc + INTERVAL 1 DAY
)
SELECT account, device, first_utc, max(known) AS known, max(devices) AS devices, count(CASE WHEN strange THEN 1 END) > 0 AS unknown_address,
       greatest(0.05, 0.1 * count(DISTINCT CASE WHEN acted AND strange THEN event_id END)) AS telling,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM rested
GROUP BY account, device, first_utc
ORDER BY account, device
