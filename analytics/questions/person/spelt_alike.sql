-- question: spelt_alike
-- asks:     Which employees, accounts, units, assets, systems, sources, controllers and known objects are spelt almost as this text?
-- sv:       Vilka medarbetare, konton, enheter, informationstillgångar, system, källor, nämnder och kända objekt stavas nästan som den
--           här texten?
-- params:   text TEXT (at least four letters or digits)
-- returns:  found_as TEXT, value TEXT, name TEXT, system TEXT, object_type TEXT, differs BIGINT
-- counts:   each name and id once that can be had from the text by few changes of a letter (differs: one of a text shorter than six,
--           else two, three from twelve; of an object's id one), capitals and å, ä, ö, é apart from a, o, e meaning nothing. Of a name
--           also its first and its last word. What is spelt just so has 0
-- order:    by differs, then what it is, then id
-- limits:   the first 20 of each kind; only what staff directory, register, sources, object_subject and assignments know. Other letters than
--           those of English and Swedish may count as two
-- sv_counts: varje namn och id en gång som fås ur texten genom att få bokstäver ändras: en i en text kortare än sex tecken, annars
--           två, tre från tolv; i ett objekts id en. Versaler, och å, ä, ö och é mot a, o och e, betyder inget. Av ett namn prövas
--           också det första och det sista ordet
-- sv_limits: de första 20 av varje slag; bara det som personalkatalogen, informationsklassningen, källorna, kända objekt och uppdragen känner
--           till
WITH typed AS (
  SELECT t.plain, length(t.plain) AS letters, most_changes(t.plain) AS most
  FROM (SELECT plain_letters($text) AS plain) AS t
  WHERE length(t.plain) >= 4 AND length(t.plain) <= 100
),
named AS (
  SELECT 1 AS place, 'person' AS found_as, person AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type,
         name AS spelt
  FROM people
  UNION
  SELECT 1 AS place, 'person' AS found_as, person AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type,
         split_part(name, ' ', 1) AS spelt
  FROM people
  UNION
  SELECT 1 AS place, 'person' AS found_as, person AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type,
         split_part(name, ' ', -1) AS spelt
  FROM people
  UNION
  SELECT 2 AS place, 'account' AS found_as, account AS value, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS system,
         CAST(NULL AS TEXT) AS object_type, account AS spelt
  FROM accounts
  UNION
  SELECT 3 AS place, 'unit' AS found_as, unit AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type, name AS spelt
  FROM units
  UNION
  SELECT 4 AS place, 'asset' AS found_as, asset AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type, name AS spelt
  FROM assets
  UNION
  SELECT 5 AS place, 'system' AS found_as, system AS value, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS system,
         CAST(NULL AS TEXT) AS object_type, system AS spelt
  FROM sources
  UNION
  SELECT 5 AS place, 'system' AS found_as, system AS value, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS system,
         CAST(NULL AS TEXT) AS object_type, system AS spelt
  FROM (SELECT unnest(systems) AS system FROM assets) AS a
  UNION
  SELECT 7 AS place, 'source' AS found_as, source AS value, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS system,
         CAST(NULL AS TEXT) AS object_type, source AS spelt
  FROM sources
  UNION
  SELECT 8 AS place, 'controller' AS found_as, controller AS value, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS system,
         CAST(NULL AS TEXT) AS object_type, controller AS spelt
  FROM assets
  UNION
  SELECT 8 AS place, 'controller' AS found_as, controller AS value, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS system,
         CAST(NULL AS TEXT) AS object_type, controller AS spelt
  FROM units
  UNION
  SELECT 4 AS place, 'asset' AS found_as, asset AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type, asset AS spelt
  FROM assets
  UNION
  SELECT 3 AS place, 'unit' AS found_as, unit AS value, name, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS object_type, unit AS spelt
  FROM units
  UNION
  SELECT 6 AS place, 'object' AS found_as, object_id AS value, CAST(NULL AS TEXT) AS name, system, object_type, object_id AS spelt
  FROM object_subject
  UNION
  SELECT 6 AS place, 'object' AS found_as, object_id AS value, CAST(NULL AS TEXT) AS name, system, object_type, object_id AS spelt
  FROM assignments
  WHERE system IS NOT NULL
),
near AS (
  SELECT n.place, n.found_as, n.value, n.name, n.system, n.object_type, t.plain,
         CASE WHEN n.place = 6 THEN 1 ELSE t.most END AS most,
         plain_letters(n.spelt) AS spelt
  FROM named AS n
  JOIN typed AS t ON length(n.spelt) >= 3 AND abs(length(n.spelt) - t.letters) <= t.most
),
found AS (
  SELECT place, found_as, value, name, system, object_type, most, levenshtein(spelt, plain) AS differs
  FROM near
),
one AS (
  SELECT place, found_as, value, max(name) AS name, system, object_type, min(differs) AS differs
  FROM found
  WHERE differs <= most
  GROUP BY place, found_as, value, system, object_type
),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY found_as ORDER BY differs, value, system, object_type) AS number
  FROM one
)
SELECT found_as, value, name, system, object_type, differs
FROM ordered
WHERE number <= 20
ORDER BY differs, place, value, system, object_type
