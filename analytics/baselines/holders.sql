-- Under which accounts each actor acted in each period.
--
-- reads: facts, actors; $hours = the period's length
SELECT DISTINCT a.actor, (f.hour // $hours)::INTEGER AS period, a.actor_account, a.actor_person
FROM facts AS f JOIN actors AS a USING (who)
