-- detection: new_country
-- severity:  medium
-- finds:     an account's first log-in from a country, after at least $known from others over at least $days days; or,
--            however seldom it logs in, from one from which no other account has logged in, where the source has told
--            countries for at least $days days. Only log-ins that succeeded, from public addresses, count, and each
--            source by itself. Shown with what the account did from the same address in the day after. It is ranked by
--            the number of events, of which log-ins and log-outs don't count while the account's holder is registered
--            as away (whoever is on holiday has the mail at the beach); the more other accounts have logged in from
--            there, the lower
-- sv_finds:  Ett kontos första inloggning från ett land, efter minst $known inloggningar från andra länder under minst
--            $days dagar; eller, hur sällan kontot än loggar in, från ett land som inget annat konto har loggat in
--            från, när källan har angett länder i minst $days dagar. Bara lyckade inloggningar från publika adresser
--            räknas, och varje källa för sig. Fyndet visar också vad kontot gjorde från samma adress det närmaste
--            dygnet. Fyndet rangordnas efter antalet händelser; inloggningar och utloggningar medan kontots innehavare
--            är registrerad som frånvarande räknas inte (den som har semester läser e-posten på stranden). Ju fler
--            andra konton som har loggat in från landet, desto lägre rangordnas det.
-- sv:        Kontot har loggat in från ett land som det inte har använt tidigare.
-- en:        The account logged in from a country that it has not used before.
-- key:       account, country
-- window:    30
-- benign:    a journey on duty or a holiday; a VPN or mobile operator that goes out abroad
-- sv_benign: tjänsteresa eller semester; en VPN eller mobiloperatör med utgång utomlands
-- triage:    1 is the holder travelling?  2 the same device and program as before?  3 ask the holder; what was done in the session?
-- sv_triage: 1 är innehavaren på resa?  2 samma enhet och program som tidigare?  3 fråga innehavaren; vad gjordes i sessionen?
-- params:    known INTEGER (earlier log-ins) = 10; days INTEGER (days since the first of them) = 7
-- attack:    T1078
WITH seen AS (
  SELECT lower(actor_account) AS account, source, country, min(time) AS first_utc
  FROM places
  GROUP BY lower(actor_account), source, country
),
from_there AS (
  SELECT country, count(DISTINCT account) AS accounts FROM seen GROUP BY country
),
heard AS (
  SELECT source, min(first_utc) AS since_utc FROM seen GROUP BY source
),
fresh AS (
  SELECT s.account, s.source, s.country, s.first_utc, max(x.accounts) - 1 AS colleagues, count(DISTINCT o.event_id) AS known
  FROM seen AS s
  JOIN heard AS h ON h.source = s.source
  JOIN from_there AS x ON x.country = s.country
  LEFT JOIN places AS o ON lower(o.actor_account) = s.account AND o.source = s.source AND o.time < s.first_utc
  GROUP BY s.account, s.source, s.country, s.first_utc
  HAVING (count(DISTINCT o.event_id) >= $known AND min(o.time) <= s.first_utc - $days * INTERVAL 1 DAY)
      OR (count(DISTINCT o.event_id) > 0 AND max(x.accounts) = 1 AND min(h.since_utc) <= s.first_utc - $days * INTERVAL 1 DAY)
),
came AS (
  SELECT f.account, f.country, f.first_utc, f.known, f.colleagues, p.event_id, p.time, p.src_ip
  FROM fresh AS f
  JOIN places AS p
    ON lower(p.actor_account) = f.account AND p.source = f.source AND p.country = f.country AND p.time < f.first_utc + INTERVAL 1 DAY
),
rested AS (
  SELECT account, country, first_utc, known, colleagues, event_id, false AS acted FROM came
  UNION
  SELECT c.account, c.country, c.first_utc, c.known, c.colleagues, e.event_id, e.action NOT IN ('login', 'logout')
  FROM came AS c
  JOIN events AS e ON lower(e.actor_account) = c.account AND e.src_ip = c.src_ip AND e.time >= c.first_utc AND e.time < c.first_utc + INTERVAL 1 DAY
)
SELECT account, country, first_utc, max(known) AS known, max(colleagues) AS colleagues, count(DISTINCT CASE WHEN away THEN event_id END) AS away,
       count(DISTINCT CASE WHEN acted OR NOT away THEN event_id END) AS telling,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM (
  SELECT r.*, EXISTS (
           SELECT 1 FROM absence AS b JOIN accounts AS h ON h.person = b.person
           WHERE lower(h.account) = r.account AND r.first_utc >= b.valid_from AND (b.valid_to IS NULL OR r.first_utc < b.valid_to)) AS away
  FROM rested AS r) AS t
GROUP BY account, country, first_utc
ORDER BY account, country, first_utc
