-- What actors touched in each block (a week), as signs in places of a sketch.
--
-- reads:   recent (traits of whole blocks), aspects, sizes (period, actors, newcomers); $first = the first period, $periods = of a block
-- returns: the blocks from $block_since on that have events
SELECT block, actor, place, sum(sign)::FLOAT AS sign, any_value(everybody)::INTEGER AS everybody
FROM (SELECT DISTINCT t.aspect, t.actor, t.item, (t.period - $first) // $periods AS block,
             (t.item % 256)::INTEGER AS place, CASE WHEN (t.item // 65536) % 2 = 0 THEN 1 ELSE -1 END AS sign
      FROM recent AS t JOIN aspects AS a USING (aspect)
      WHERE a.facet IN ('thing', 'container', 'subject', 'target', 'act', 'place')
        AND (t.period - $first) // $periods >= $block_since)
JOIN (SELECT (period - $first) // $periods AS block, max(actors + newcomers) AS everybody FROM sizes GROUP BY ALL) USING (block)
GROUP BY block, actor, place
ORDER BY block, actor, place
