-- What was new to an actor in a period, and how rare it was among those like it and in the organisation before that period.
--
-- reads:   familiar, peers (actor, block: a week, peer_group), sizes (period, actors: seen before), groups (block, peer_group, members),
--          $periods = of a block; of the aspects from $low until before $high
-- others, colleagues: of the organisation and of the peer group, how many had touched it before the period; of how many
-- rarity:  0 = all had, 1 = nobody had: ln of the share of peers that had (which leans on the organisation's share as far as peers are
--          few), in parts of what it is for a thing that nobody had
SELECT aspect, actor, item, period, others, actors, colleagues, members,
       (ln((colleagues + 5 * (others + 0.5) / (actors + 1)) / (members + 5)) / ln(2.5 / (actors + 1) / (members + 5)))::FLOAT AS rarity
FROM (SELECT f.aspect, f.actor, f.item, f.period, s.actors, coalesce(g.members, 0) AS members,
             (rank() OVER (PARTITION BY f.aspect, f.item ORDER BY f.period) - 1)::INTEGER AS others,
             least(CASE WHEN g.members IS NULL THEN 0
                        ELSE rank() OVER (PARTITION BY f.aspect, f.item, p.peer_group ORDER BY f.period) - 1 END, coalesce(g.members, 0))::INTEGER AS colleagues
      FROM familiar AS f JOIN sizes AS s USING (period)
      LEFT JOIN peers AS p ON p.actor = f.actor AND p.block = (f.period - $first) // $periods
      LEFT JOIN groups AS g ON g.block = p.block AND g.peer_group = p.peer_group
      WHERE f.nth = 1 AND f.aspect >= $low AND f.aspect < $high)
