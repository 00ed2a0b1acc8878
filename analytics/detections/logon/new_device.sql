-- detection: new_device
-- severity:  low
-- finds:     a first log-in with a device that the account has not used before, after many with few devices over some time; only services that know the device (Entra ID, VPN, identity provider)
-- sv:        Kontot har loggat in med en enhet som det inte har använt tidigare.
-- key:       account, device
-- window:    30
-- benign:    ny dator eller telefon; utbytt enhet
-- triage:    1 har innehavaren fått en ny enhet?  2 varifrån kom inloggningen, och finns det andra tecken (nytt land, ny MFA-metod)?  3 fråga innehavaren
-- params:    known INTEGER (earlier log-ins) = 20; devices INTEGER (devices used before, at most) = 4; days INTEGER (days since the first log-in) = 14
-- attack:    T1078
WITH logins AS (
  SELECT lower(e.actor_account) AS account, lower(coalesce(e.device, e.src_host)) AS device, e.event_id, e.time
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
)
SELECT f.account, f.device, f.first_utc, f.known, f.devices, list_sort(list(l.event_id)) AS evidence
FROM fresh AS f
JOIN logins AS l ON l.account = f.account AND l.device = f.device AND l.time < f.first_utc + INTERVAL 1 DAY
GROUP BY f.account, f.device, f.first_utc, f.known, f.devices
ORDER BY f.account, f.device
