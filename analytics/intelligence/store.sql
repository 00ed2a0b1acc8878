-- `given` (a comparison a row) as rows of `indicators`, spelt as `observables` spells; `reject` = why a value can't be.
WITH spelt AS (
  SELECT *, lower(trim(value)) AS plain, split_part(lower(trim(value)), '/', 1) AS address, split_part(lower(trim(value)), '/', 2) AS mask
  FROM given),
keyed AS (
  SELECT *, CASE WHEN type = 'ip' THEN ti_ip(address) END AS key, CASE WHEN type = 'ip' THEN length(ti_ip(address)) * 4 - 8 END AS width
  FROM spelt),
sized AS (
  SELECT *, CASE WHEN type <> 'ip' THEN NULL WHEN contains(plain, '/') THEN try_cast(nullif(mask, '') AS INTEGER) ELSE width END AS bits FROM keyed),
known AS (
  SELECT *,
         CASE type WHEN 'domain' THEN ti_domain(regexp_replace(plain, '^\*\.', ''))
                   WHEN 'url' THEN CASE WHEN ti_host(plain) <> '' THEN ti_url(plain) END
                   WHEN 'hash' THEN CASE WHEN regexp_full_match(plain, '[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}') THEN plain END
                   WHEN 'email' THEN CASE WHEN regexp_full_match(plain, '[^\s@]+@[^\s@]+') THEN plain END
                   WHEN 'file_name' THEN nullif(regexp_extract(plain, '([^/\\]+)$', 1), '')
                   ELSE nullif(plain, '') END AS text
  FROM sized)
SELECT entry, clause, type, valid_from,
       CASE WHEN type = 'ip' THEN ti_network(key, bits) ELSE [text] END AS values,
       type || ' ' || CASE WHEN type = 'ip' THEN address || CASE WHEN bits < width THEN '/' || bits ELSE '' END ELSE text END AS wanted,
       CASE WHEN reason <> '' THEN 'pattern|' || reason
            WHEN type = 'ip' AND key IS NULL THEN 'value|is no IP address'
            WHEN type = 'ip' AND (bits IS NULL OR bits NOT BETWEEN 0 AND width) THEN 'value|is no network'
            WHEN type = 'ip' AND bits < CASE WHEN width = 32 THEN 8 ELSE 16 END THEN 'value|takes in too many addresses'
            WHEN type <> 'ip' AND text IS NULL THEN 'value|is no ' || replace(type, '_', ' ')
            WHEN valid_to <= coalesce(valid_from, valid_to - INTERVAL 1 DAY) THEN 'valid_to|is not after valid_from' END AS reject
FROM known
