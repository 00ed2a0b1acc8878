-- How much of what each actor touched in each period was new or rare, by aspect: the numbers that history.py judges.
--
-- reads:   familiar, fresh
-- returns: things, fresh = how many, and how many never before; unfamiliar = mean of 1 - familiar; newness = the sum of the new things'
--          rarity; oddness = the sum of rarity * (1 - familiar)² of all, most = its largest, with the numbers of that thing
-- What is part of at least half of the actor's periods is not odd, however rare it is among others.
SELECT period, actor, aspect, count(*)::INTEGER AS things, count(*) FILTER (nth = 1)::INTEGER AS fresh,
       avg(1 - familiar)::FLOAT AS unfamiliar, coalesce(sum(rarity) FILTER (nth = 1), 0)::FLOAT AS newness,
       sum(odd)::FLOAT AS oddness, max(odd)::FLOAT AS most, arg_max(others, odd)::INTEGER AS others,
       arg_max(actors, odd)::INTEGER AS actors, arg_max(colleagues, odd)::INTEGER AS colleagues, arg_max(members, odd)::INTEGER AS members
FROM (SELECT f.period, f.actor, f.aspect, f.nth, f.familiar, g.rarity, g.rarity * (1 - f.familiar) * (1 - f.familiar) AS odd,
             g.others, g.actors, g.colleagues, g.members
      FROM familiar AS f JOIN fresh AS g USING (aspect, actor, item)
      WHERE f.nth > 1 AND f.familiar < 0.5
      UNION ALL
      SELECT period, actor, aspect, nth, familiar, 0, 0, NULL, NULL, NULL, NULL FROM familiar WHERE nth > 1 AND familiar >= 0.5
      UNION ALL
      SELECT period, actor, aspect, 1, 0, rarity, rarity, others, actors, colleagues, members FROM fresh)
WHERE period >= $since
GROUP BY ALL
ORDER BY period, actor, aspect
