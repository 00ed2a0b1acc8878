-- question: coverage_by_asset
-- asks:     For which sensitive information assets would nobody notice that somebody read them, since no source logs reads?
-- sv:       För vilka känsliga informationstillgångar saknas en källa som loggar läsning, så att ingen åtkomst kan ses i efterhand?
-- params:   level INTEGER (lowest K level) = 2; now TIMESTAMPTZ (as of when the register is read, without: the present) = NULL
-- returns:  state TEXT, asset TEXT, name TEXT, controller TEXT, k INTEGER, system TEXT, sources TEXT[], reading_sources TEXT[], reads BIGINT,
--           last_read_utc TIMESTAMPTZ
-- counts:   a row for each system of an asset. state, worst first: '1 no system' (the register names none), '2 no source', '3 no reads'
--           (sources, but none declares that it logs reads and none was seen), '4 none seen' (declared, none seen yet),
--           '5 seen, not declared', '6 covered'. reads = events that read, search, export or print the asset, at any time
-- order:    by state, asset and system
-- limits:   that a source declares reads doesn't prove that it logs all of them; reads past the system (its database, its file share,
--           its backups) need a source of their own.
-- sv_counts: en rad för varje system som rymmer tillgången, med läget, det sämsta först: inget system angivet, ingen källa, läsning
--           loggas inte, läsning ska loggas men ingen har synts, läsning har synts men är inte angiven, läsning loggas. Läsningar är
--           händelser som läste, sökte, exporterade eller skrev ut, oavsett tid
-- sv_limits: att en källa ska logga läsning bevisar inte att den loggar all; läsning vid sidan av systemet (databas, filserver,
--           säkerhetskopior) behöver en egen källa
WITH held AS (
  SELECT asset, name, controller, k, systems
  FROM assets
  WHERE k >= $level AND valid_from <= $now AND (valid_to IS NULL OR $now < valid_to)
),
in_systems AS (
  SELECT asset, unnest(systems) AS system
  FROM held
),
placed AS (
  SELECT h.asset, h.name, h.controller, h.k, s.system
  FROM held AS h LEFT JOIN in_systems AS s ON s.asset = h.asset
),
declared AS (
  SELECT system, list_sort(list(source) FILTER (WHERE source IS NOT NULL)) AS sources,
         list_sort(list(source) FILTER (WHERE list_contains(logs, 'read') AND source IS NOT NULL)) AS reading_sources
  FROM sources
  GROUP BY system
),
seen AS (
  SELECT asset, system, count(*) AS reads, max(time) AS last_read_utc
  FROM events
  WHERE action IN ('read', 'search', 'export', 'print') AND asset IS NOT NULL
  GROUP BY asset, system
)
SELECT CASE WHEN p.system IS NULL THEN '1 no system'
            WHEN d.system IS NULL AND s.reads IS NULL THEN '2 no source'
            WHEN d.reading_sources IS NULL AND s.reads IS NULL THEN '3 no reads'
            WHEN s.reads IS NULL THEN '4 none seen'
            WHEN d.reading_sources IS NULL THEN '5 seen, not declared'
            ELSE '6 covered' END AS state,
       p.asset, p.name, p.controller, p.k, p.system, d.sources, d.reading_sources, coalesce(s.reads, 0) AS reads, s.last_read_utc
FROM placed AS p
LEFT JOIN declared AS d ON d.system = p.system
LEFT JOIN seen AS s ON s.asset = p.asset AND s.system = p.system
ORDER BY state, p.asset, p.system
