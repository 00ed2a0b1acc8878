-- Whose habits count, numbered by first appearance, so that later events change no number.
--
-- reads: facts, accounts
SELECT who, actor AS name, (dense_rank() OVER (ORDER BY first, actor) - 1)::INTEGER AS actor, actor_account, actor_person,
       actor_unit, actor_role
FROM (SELECT *, min(began) OVER (PARTITION BY actor) AS first
      FROM accounts JOIN (SELECT who, min(hour) AS began FROM facts GROUP BY who) USING (who))
