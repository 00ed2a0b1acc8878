-- detection: impossible_travel
-- severity:  high
-- finds:     two successive log-ins of one account in the same source, not failed, from public addresses so far apart
--            that nobody travels between them in the time (from 450 km within half an hour to 7,000 km within eight:
--            some 900 km an hour), or from two countries within $minutes minutes where the source gives no coordinates
-- sv_finds:  Två på varandra följande lyckade inloggningar med ett konto i samma källa, från olika publika adresser som
--            ligger så långt från varandra att ingen hinner resa mellan dem (från 450 km inom en halvtimme till 7 000
--            km inom åtta timmar, alltså omkring 900 km i timmen), eller från två länder inom $minutes minuter där
--            källan inte anger koordinater.
-- sv:        Kontot loggade in från två platser som ingen hinner resa mellan.
-- en:        The account logged in from two places between which nobody can travel in the time.
-- key:       account
-- window:    1
-- benign:    a VPN, a mobile operator or a cloud service that goes out in another country; a telephone and a computer that go out in different places
-- sv_benign: en VPN, en mobiloperatör eller en molntjänst med utgång i ett annat land; en telefon och en dator som går ut på olika håll
-- triage:    1 is one of the addresses a known way out?  2 the same device?  3 ask the holder; end the sessions and change the password if one of them isn't the holder's
-- sv_triage: 1 är någon av adresserna en känd utgång?  2 samma enhet?  3 fråga innehavaren; avsluta sessionerna och byt lösenord om den ena inte är hennes eller hans
-- params:    minutes INTEGER (between two countries, where there are no coordinates) = 60
-- attack:    T1078
WITH steps AS (
  SELECT lower(p.actor_account) AS account, p.event_id, p.time, p.country, p.x_km, p.y_km, p.z_km, p.src_ip,
         lag(p.event_id) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_event_id,
         lag(p.time) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_time,
         lag(p.country) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_country,
         lag(p.src_ip) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_ip,
         lag(p.x_km) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_x,
         lag(p.y_km) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_y,
         lag(p.z_km) OVER (PARTITION BY lower(p.actor_account), p.source ORDER BY p.time, p.event_id) AS from_z
  FROM places AS p
),
apart AS (
  SELECT account, event_id, time, country, from_event_id, from_time, from_country,
         (x_km - from_x) * (x_km - from_x) + (y_km - from_y) * (y_km - from_y) + (z_km - from_z) * (z_km - from_z) AS km2
  FROM steps
  WHERE src_ip <> from_ip
),
-- Faster than 900 km an hour: the chord through the globe is shorter than the way, so this errs to the innocent side.
travelled AS (
  SELECT account, event_id, time, country, from_event_id, from_country
  FROM apart
  WHERE (km2 >= 450 * 450 AND time < from_time + INTERVAL 30 MINUTE)
     OR (km2 >= 900 * 900 AND time < from_time + INTERVAL 1 HOUR)
     OR (km2 >= 1800 * 1800 AND time < from_time + INTERVAL 2 HOUR)
     OR (km2 >= 3600 * 3600 AND time < from_time + INTERVAL 4 HOUR)
     OR (km2 >= 7000 * 7000 AND time < from_time + INTERVAL 8 HOUR)
     OR (km2 IS NULL AND country <> from_country AND time < from_time + $minutes * INTERVAL 1 MINUTE)
),
rested AS (
  SELECT account, country, from_country, event_id FROM travelled
  UNION ALL
  SELECT account, country, from_country, from_event_id FROM travelled
)
SELECT account, min(from_country) AS one_country, max(country) AS other_country,
       list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM rested
GROUP BY account
ORDER BY account
