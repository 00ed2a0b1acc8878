-- How familiar each trait is to its actor when the period begins.
--
-- reads:   traits, active (actor, period, weight: the decayed number of earlier periods with events), elapsed; of the aspects from $low
--          until before $high
-- returns: nth = the how manieth period with this trait; familiar = the share of the actor's earlier periods that had it, decayed (0-1)
SELECT t.aspect, t.actor, t.item, t.period, nth, CASE WHEN nth > 1 THEN least(t.weight / a.weight, 1) ELSE 0 END::FLOAT AS familiar
FROM (SELECT aspect, actor, item, period, (row_number() OVER earlier)::INTEGER AS nth,
             (sum(exp(age)) OVER earlier - exp(age)) * exp(-age) AS weight
      FROM (SELECT * FROM traits JOIN elapsed USING (period) WHERE aspect >= $low AND aspect < $high)
      WINDOW earlier AS (PARTITION BY aspect, actor, item ORDER BY period ROWS UNBOUNDED PRECEDING)) AS t
JOIN active AS a ON a.actor = t.actor AND a.period = t.period
