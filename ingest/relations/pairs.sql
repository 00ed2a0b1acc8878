-- From `register_rows`, `staff_rows` and `numbers` (number → who: one person's numbers have one `who`) the pairs of `kin` and the
-- rows of `subjects`. Days: 1601-01-01 = always, 9999-12-31 = open; a period ends just before its `until`.

CREATE TEMP TABLE residents AS
SELECT coalesce(m.who, r.n) AS who, coalesce(o.who, r.related) AS related, kind, surname, property, postal_code, city, apartment,
       street.name AS street, try_cast(street.number AS INTEGER) AS house, street.letter AS letter,
       coalesce(since, DATE '1601-01-01') AS since, least(until, died, DATE '9999-12-31') AS until, died,
       coalesce(related_since, DATE '1601-01-01') AS related_since, coalesce(related_until, DATE '9999-12-31') AS related_until
FROM register_rows AS r LEFT JOIN numbers AS m ON m.number = r.n LEFT JOIN numbers AS o ON o.number = r.related
WHERE reject IS NULL;

CREATE TEMP TABLE hidden AS
SELECT DISTINCT coalesce(m.who, r.n) AS who FROM register_rows AS r LEFT JOIN numbers AS m ON m.number = r.n
WHERE protected AND n IS NOT NULL;

CREATE TEMP TABLE dead AS SELECT who, min(died) AS died FROM residents WHERE died IS NOT NULL GROUP BY who;

CREATE TEMP TABLE employees AS
SELECT DISTINCT person, coalesce(m.who, s.n) AS who FROM staff_rows AS s LEFT JOIN numbers AS m ON m.number = s.n
WHERE reject IS NULL;

-- Homes of those who aren't protected; `place` = one dwelling.
CREATE TEMP TABLE homes AS
SELECT DISTINCT r.who, r.since, least(r.until, d.died) AS until, coalesce(property, '') AS property, postal_code, city, apartment,
       coalesce(street, '') AS street, house, coalesce(letter, '') AS letter,
       concat_ws('|', CASE WHEN street <> '' THEN street || ' ' || coalesce(house::VARCHAR, '') || coalesce(letter, '') ELSE property END,
                 apartment, postal_code, city) AS place
FROM residents AS r LEFT JOIN dead AS d USING (who)
WHERE (street <> '' OR property <> '') AND r.who NOT IN (SELECT who FROM hidden)
  AND r.since < least(r.until, d.died);

CREATE TEMP TABLE crowded AS
SELECT place FROM homes GROUP BY place
HAVING count(DISTINCT who) FILTER (WHERE until > getvariable('now')::DATE) > $household_most OR count(DISTINCT who) > 4 * $household_most;

CREATE TEMP TABLE employee_homes AS
SELECT e.person, h.* FROM employees AS e JOIN homes AS h USING (who) WHERE place NOT IN (SELECT place FROM crowded);

-- `other` is KIND to `who`.
CREATE TEMP TABLE relations AS
SELECT DISTINCT r.who, r.other, r.kind, r.since, r.until
FROM (SELECT who, related AS other, kind, related_since AS since, related_until AS until FROM residents WHERE kind IS NOT NULL
      UNION ALL
      SELECT related, who, CASE kind WHEN 'child' THEN 'parent' WHEN 'parent' THEN 'child' WHEN 'guardian' THEN 'ward' WHEN 'ward' THEN 'guardian'
                                     ELSE kind END, related_since, related_until FROM residents WHERE kind IS NOT NULL) AS r
WHERE r.who <> r.other;

-- A parent of very many is a mistake, and would make everybody siblings.
CREATE TEMP TABLE parents AS
SELECT who AS child, other AS parent FROM relations WHERE kind = 'parent'
QUALIFY count(*) OVER (PARTITION BY other) <= 40;

CREATE TEMP TABLE found AS
SELECT e.person, e.who, e.who AS other, 'self' AS kind, DATE '1601-01-01' AS since, DATE '9999-12-31' AS until FROM employees AS e
UNION ALL
SELECT e.person, e.who, r.other, CASE WHEN r.kind IN ('guardian', 'ward') THEN 'other_family' ELSE r.kind END, r.since,
       -- Marriage ends with a death; other family stays.
       CASE WHEN r.kind = 'spouse' THEN least(r.until, d.died, o.died) ELSE r.until END
FROM employees AS e JOIN relations AS r USING (who) LEFT JOIN dead AS d ON d.who = e.who LEFT JOIN dead AS o ON o.who = r.other
UNION ALL
SELECT e.person, e.who, s.child, 'sibling', DATE '1601-01-01', DATE '9999-12-31'
FROM employees AS e JOIN parents AS p ON p.child = e.who JOIN parents AS s ON s.parent = p.parent AND s.child <> p.child
UNION ALL
SELECT e.person, e.who, g.child, 'other_family', DATE '1601-01-01', DATE '9999-12-31'
FROM employees AS e JOIN parents AS p ON p.parent = e.who JOIN parents AS g ON g.parent = p.child
UNION ALL
SELECT e.person, e.who, g.parent, 'other_family', DATE '1601-01-01', DATE '9999-12-31'
FROM employees AS e JOIN parents AS p ON p.child = e.who JOIN parents AS g ON g.child = p.parent
UNION ALL
SELECT e.person, e.who, h.who, 'household', greatest(e.since, h.since), least(e.until, h.until)
FROM employee_homes AS e JOIN homes AS h USING (place)
UNION ALL  -- houses whose numbers differ by one or two (one side of a street has every other), or by the letter only
SELECT e.person, e.who, h.who, 'neighbour', greatest(e.since, h.since), least(e.until, h.until)
FROM (SELECT *, house + unnest([-2, -1, 0, 1, 2]) AS beside FROM employee_homes WHERE house IS NOT NULL AND apartment = '') AS e
JOIN homes AS h ON h.street = e.street AND h.house = e.beside AND h.postal_code = e.postal_code AND h.city = e.city
WHERE h.apartment = '' AND h.place <> e.place AND h.place NOT IN (SELECT place FROM crowded)
UNION ALL  -- flats of one entrance and floor: a lägenhetsnummer is the floor and the flat
SELECT e.person, e.who, h.who, 'neighbour', greatest(e.since, h.since), least(e.until, h.until)
FROM employee_homes AS e
JOIN homes AS h ON h.street = e.street AND h.house = e.house AND h.letter = e.letter AND h.postal_code = e.postal_code AND h.city = e.city
     AND left(h.apartment, 2) = left(e.apartment, 2)
WHERE e.apartment <> '' AND h.apartment <> '' AND h.place <> e.place AND h.place NOT IN (SELECT place FROM crowded)
UNION ALL  -- houses on one property
SELECT e.person, e.who, h.who, 'neighbour', greatest(e.since, h.since), least(e.until, h.until)
FROM employee_homes AS e JOIN homes AS h ON h.property = e.property
WHERE e.property <> '' AND e.apartment = '' AND h.apartment = '' AND h.place <> e.place AND h.place NOT IN (SELECT place FROM crowded)
  AND e.property NOT IN (SELECT property FROM homes GROUP BY property HAVING count(DISTINCT who) > $household_most);

INSERT INTO found
SELECT person, who, other, 'former', until, DATE '9999-12-31' FROM found
WHERE kind IN ('spouse', 'household') AND until < DATE '9999-12-31' AND since < until;

-- Rows of one pair and kind whose periods meet are one.
CREATE TEMP TABLE merged AS
SELECT person, other, kind, min(since) AS since, max(until) AS until
FROM (SELECT *, count(*) FILTER (WHERE begins) OVER (PARTITION BY person, other, kind ORDER BY since, until ROWS UNBOUNDED PRECEDING) AS island
      FROM (SELECT *, coalesce(since > max(until) OVER (PARTITION BY person, other, kind ORDER BY since, until
                                                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS begins
            FROM found WHERE since < until AND (who <> other OR kind = 'self')))
GROUP BY person, other, kind, island;

-- The nearest kind says it all: a spouse in the household is a spouse.
CREATE TEMP TABLE pairs AS
WITH ranked AS (
  SELECT *, CASE kind WHEN 'self' THEN 0 WHEN 'other_family' THEN 2 WHEN 'household' THEN 3 WHEN 'former' THEN 4 WHEN 'neighbour' THEN 5 ELSE 1 END AS distance
  FROM merged)
SELECT person, other, kind, since, until FROM ranked AS r
WHERE NOT EXISTS (SELECT 1 FROM ranked AS c WHERE c.person = r.person AND c.other = r.other AND c.distance < r.distance
                                              AND c.since <= r.since AND c.until >= r.until);

-- Every number of a person leads to the pair.
CREATE TEMP TABLE kin AS
SELECT DISTINCT person, pn_token(coalesce(m.number, p.other)) AS subject, kind, since, until
FROM pairs AS p LEFT JOIN numbers AS m ON m.who = p.other;

CREATE TEMP TABLE surnames AS
SELECT who, arg_max(surname, since) AS surname FROM residents WHERE surname <> '' AND who NOT IN (SELECT who FROM hidden) GROUP BY who;

CREATE TEMP TABLE facts AS
WITH shared AS (
  SELECT surname FROM surnames GROUP BY surname
  HAVING count(*) <= $surname_most AND bool_or(who IN (SELECT who FROM employees))),
known AS (
  SELECT who, 'person' AS name, min(person) AS value, DATE '1601-01-01' AS since, DATE '9999-12-31' AS until FROM employees GROUP BY who
  UNION ALL
  SELECT who, 'protected', 'true', DATE '1601-01-01', DATE '9999-12-31' FROM hidden
  UNION ALL
  SELECT who, 'deceased', 'true', died, DATE '9999-12-31' FROM dead
  UNION ALL
  SELECT who, 'surname_key', pn_token('surname_key:' || surname), DATE '1601-01-01', DATE '9999-12-31' FROM surnames WHERE surname IN (SELECT surname FROM shared)
  UNION ALL  -- only of the homes of employees
  SELECT who, 'address_key', pn_token('address_key:' || place), since, until FROM homes
  WHERE place IN (SELECT place FROM employee_homes))
SELECT pn_token(coalesce(m.number, k.who)) AS subject, name, value, since, until
FROM known AS k LEFT JOIN numbers AS m USING (who)
UNION ALL
SELECT subject, 'special_interest', 'true', coalesce(valid_from, DATE '1601-01-01'), coalesce(valid_to, DATE '9999-12-31') FROM special;

-- What holds between two edges of a person holds throughout.
CREATE TEMP TABLE subjects AS
WITH edges AS (
  SELECT subject, since AS edge FROM facts UNION SELECT subject, until FROM facts),
spans AS (
  SELECT subject, edge AS since, lead(edge) OVER (PARTITION BY subject ORDER BY edge) AS until FROM edges)
SELECT s.subject, max(value) FILTER (WHERE name = 'address_key' AND f.since = latest) AS address_key, max(value) FILTER (WHERE name = 'surname_key') AS surname_key,
       count(*) FILTER (WHERE name = 'protected') > 0 AS protected, count(*) FILTER (WHERE name = 'deceased') > 0 AS deceased,
       count(*) FILTER (WHERE name = 'special_interest') > 0 AS special_interest, min(value) FILTER (WHERE name = 'person') AS person,
       s.since, s.until
FROM spans AS s
JOIN (SELECT f.*, s.since AS span, max(f.since) OVER (PARTITION BY f.subject, s.since, name) AS latest
      FROM facts AS f JOIN spans AS s ON s.subject = f.subject AND f.since <= s.since AND f.until >= s.until) AS f
  ON f.subject = s.subject AND f.span = s.since
WHERE s.until IS NOT NULL
GROUP BY s.subject, s.since, s.until;
