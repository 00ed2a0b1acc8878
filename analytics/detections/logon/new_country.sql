-- detection: new_country
-- severity:  medium
-- finds:     an account's first log-in from a country, after many from others over some time
-- sv:        Kontot har loggat in från ett land som det inte har använt tidigare.
-- key:       account, country
-- window:    30
-- benign:    tjänsteresa eller semester; en VPN eller mobiloperatör med utgång utomlands
-- triage:    1 är innehavaren på resa?  2 samma enhet och program som tidigare?  3 fråga innehavaren; vad gjordes i sessionen?
-- params:    known INTEGER (earlier log-ins) = 10; days INTEGER (days since the first of them) = 7
-- attack:    T1078
WITH seen AS (
  SELECT lower(actor_account) AS account, source, country, min(time) AS first_utc
  FROM places
  GROUP BY lower(actor_account), source, country
),
fresh AS (
  SELECT s.account, s.source, s.country, s.first_utc, count(*) AS known
  FROM seen AS s JOIN places AS o ON lower(o.actor_account) = s.account AND o.source = s.source AND o.time < s.first_utc
  GROUP BY s.account, s.source, s.country, s.first_utc
  HAVING count(*) >= $known AND min(o.time) <= s.first_utc - $days * INTERVAL 1 DAY
)
SELECT f.account, f.country, f.first_utc, max(f.known) AS known, list_sort(list(p.event_id)) AS evidence
FROM fresh AS f
JOIN places AS p ON lower(p.actor_account) = f.account AND p.source = f.source AND p.country = f.country AND p.time < f.first_utc + INTERVAL 1 DAY
GROUP BY f.account, f.country, f.first_utc
ORDER BY f.account, f.country, f.first_utc
