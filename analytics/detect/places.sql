-- Where log-ins came from, as far as their sources say: country and city as the source spells them, and a point on the globe in whole
-- kilometres from its centre (so that portable SQL can tell how far two log-ins lie apart: the chord between them).
-- Only successful log-ins from a public address; Entra ID, FortiGate, and whatever else says `country` in its record.
CREATE OR REPLACE TEMP VIEW places AS
SELECT event_id, time, source, actor_account, actor_person, src_ip, country, city,
       CAST(round(6371 * cos(radians(latitude)) * cos(radians(longitude))) AS BIGINT) AS x_km,
       CAST(round(6371 * cos(radians(latitude)) * sin(radians(longitude))) AS BIGINT) AS y_km,
       CAST(round(6371 * sin(radians(latitude))) AS BIGINT)                           AS z_km
FROM (
  SELECT event_id, time, source, actor_account, actor_person, src_ip,
         lower(coalesce(p[1], p[2], p[3], p[4], p[5], p[6], p[7], CASE WHEN p[8] NOT LIKE '{%' THEN p[8] END)) AS country,
         coalesce(p[9], p[10], p[11], p[12]) AS city,
         CASE WHEN abs(try_cast(coalesce(p[13], p[14], p[15]) AS DOUBLE)) <= 90 THEN try_cast(coalesce(p[13], p[14], p[15]) AS DOUBLE) END AS latitude,
         CASE WHEN abs(try_cast(coalesce(p[16], p[17], p[18]) AS DOUBLE)) <= 180 THEN try_cast(coalesce(p[16], p[17], p[18]) AS DOUBLE) END AS longitude
  FROM (SELECT *, json_extract_string(details, [
          '$.location.countryOrRegion', '$.properties.location.countryOrRegion', '$.LocationDetails.countryOrRegion', '$.srccountry',
          '$.azure.signinlogs.properties.location.country_or_region', '$.source.geo.country_iso_code', '$.country', '$.Location',
          '$.location.city', '$.properties.location.city', '$.LocationDetails.city', '$.source.geo.city_name',
          '$.location.geoCoordinates.latitude', '$.properties.location.geoCoordinates.latitude', '$.LocationDetails.geoCoordinates.latitude',
          '$.location.geoCoordinates.longitude', '$.properties.location.geoCoordinates.longitude', '$.LocationDetails.geoCoordinates.longitude']) AS p
        FROM events
        WHERE action = 'login' AND outcome = 'success' AND actor_account IS NOT NULL AND src_ip IS NOT NULL
          AND source NOT IN (SELECT source FROM sources WHERE mapping IN ('windows_security', 'auditd', 'linux_auth', 'postgresql', 'sparhund'))
          AND NOT regexp_matches(src_ip, '^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(::1$|fe80:|f[cd])')))
WHERE country <> '' AND country <> 'reserved' AND country <> 'unknown';
