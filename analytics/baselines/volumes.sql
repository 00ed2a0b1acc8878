-- How often each actor did each kind of act in each period.
--
-- reads:   facts, actors, act_numbers (act -> number); $hours = the period's length
-- numbers: 0 = everything, 1 = failed and then succeeded within an hour (as many as failed), others a kind of act
WITH counted AS (
  SELECT (f.hour // $hours)::INTEGER AS period, a.actor, f.hour, n.number, n.system, n.action, n.outcome, sum(f.events)::BIGINT AS events
  FROM facts AS f JOIN actors AS a USING (who) JOIN act_numbers AS n USING (act)
  WHERE (f.hour // $hours)::INTEGER >= $since
  GROUP BY ALL
)
SELECT period, actor, number, sum(events)::BIGINT AS events
FROM (SELECT period, actor, number, events FROM counted
      UNION ALL
      SELECT period, actor, 0, events FROM counted
      UNION ALL
      SELECT period, actor, 1, sum(events) FILTER (WHERE outcome = 'failure') FROM counted
      GROUP BY period, actor, hour, system, action
      HAVING count(*) FILTER (WHERE outcome = 'failure') > 0 AND count(*) FILTER (WHERE outcome = 'success') > 0)
GROUP BY ALL
ORDER BY period, actor, number
