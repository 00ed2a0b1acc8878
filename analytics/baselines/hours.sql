-- At which local hours each actor was active in each period.
--
-- reads: facts, actors; $hours = the period's length
SELECT (f.hour // $hours)::INTEGER AS period, a.actor, f.slot, sum(f.events)::BIGINT AS events
FROM facts AS f JOIN actors AS a USING (who)
WHERE (f.hour // $hours)::INTEGER >= $since
GROUP BY ALL
ORDER BY period, actor, slot
