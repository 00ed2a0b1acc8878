-- explanation: systems_management
-- explains:   The employee or the account has a duty in the system, such as systems management, and the access isn't known to be
--             about a person.
-- sv:         Medarbetaren eller kontot har ett uppdrag i systemet, till exempel systemförvaltning, och åtkomsten gäller ingen
--             känd enskild.
-- rests_on:   duties

-- To keep a system running is no reason to look at a person in it, or every systems manager's snooping were explained: what is
-- about a person needs an assignment, a delegation or an investigation. The duty is the account's, so its holder has it under
-- all of hers, as the directory says as of then; where the event names no person, the account is compared as it is spelt: the
-- user, and the first label of the domain if both name one, whatever the case.
WITH held AS (
  SELECT d.row_id, d.system, c.person, c.row_id AS holder, greatest(d.valid_from, c.valid_from) AS valid_from,
         least(d.valid_to, c.valid_to) AS valid_to
  FROM duties AS d
  JOIN accounts AS c ON lower(c.account) = lower(d.account)
  WHERE c.person IS NOT NULL
),
managed AS (
  SELECT a.event_id, h.row_id, h.holder
  FROM accesses AS a
  JOIN held AS h
    ON h.person = a.actor_person AND h.system = a.system
   AND a.time >= h.valid_from AND (h.valid_to IS NULL OR a.time < h.valid_to)
  WHERE a.about IS NULL
),
given AS (
  SELECT system, row_id, valid_from, valid_to, split_part(split_part(lower(account), chr(92), -1), '@', 1) AS name,
         split_part(CASE WHEN contains(account, chr(92)) THEN split_part(lower(account), chr(92), 1)
                         ELSE split_part(lower(account), '@', 2) END, '.', 1) AS domain
  FROM duties
),
spelt AS (
  SELECT DISTINCT actor_account FROM accesses WHERE actor_person IS NULL AND about IS NULL AND actor_account IS NOT NULL
),
logged AS (
  SELECT actor_account, split_part(lower(actor_account), '@', 1) AS name,
         split_part(split_part(lower(actor_account), '@', 2), '.', 1) AS domain
  FROM spelt
),
same AS (
  SELECT l.actor_account, g.system, g.row_id, g.valid_from, g.valid_to
  FROM logged AS l
  JOIN given AS g ON g.name = l.name AND (g.domain = l.domain OR g.domain = '' OR l.domain = '')
  WHERE l.name <> ''
)
SELECT event_id, 'duties' AS relation, row_id FROM managed
UNION
SELECT event_id, 'accounts' AS relation, holder AS row_id FROM managed
UNION
SELECT a.event_id, 'duties' AS relation, s.row_id
FROM accesses AS a
JOIN same AS s
  ON s.actor_account = a.actor_account AND s.system = a.system
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
WHERE a.actor_person IS NULL AND a.about IS NULL
ORDER BY event_id, relation, row_id
