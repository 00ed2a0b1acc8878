-- The words of `who` in facts.sql: an account, and what was known about who held it.
--
-- reads: given (events)
-- actor: whose habits count: the person, else the account with its domain, without regard to case
SELECT hash(actor_account, actor_domain, actor_person, actor_unit, actor_role) AS who, actor_account, actor_domain, actor_person,
       actor_unit, actor_role,
       coalesce('person ' || actor_person, lower('account ' || coalesce(actor_domain || '\', '') || actor_account)) AS actor
FROM given
WHERE actor_account IS NOT NULL
GROUP BY ALL
