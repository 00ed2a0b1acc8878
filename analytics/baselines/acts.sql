-- The words of `act` in facts.sql: a kind of act is one action with one outcome in one system.
--
-- reads: given (events)
SELECT hash(system, action, outcome) AS act, system, action, outcome
FROM given
WHERE actor_account IS NOT NULL
GROUP BY ALL
