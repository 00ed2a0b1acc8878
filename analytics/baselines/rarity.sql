-- How rare it is that an actor touches a thing: for chosen pairs.
--
-- reads:   chosen (pair, person, account, about, object_id, at), events
-- returns: pair; earlier = the actor's own earlier events on it; others, actors = of the other actors of the organisation, how many had
--          touched it, of how many; colleagues, members = of those seen in the actor's unit; days = since the first event of all
WITH wanted AS (
  SELECT *, coalesce('person ' || person, lower('account ' || account)) AS who,
         CASE WHEN about IS NOT NULL THEN 'subject ' || about ELSE 'object ' || object_id END AS thing
  FROM chosen
),
acts AS (
  SELECT coalesce('person ' || actor_person, lower('account ' || actor_account)) AS who, actor_unit AS unit, time, subject, object_id
  FROM events
  WHERE actor_account IS NOT NULL
),
known AS (
  SELECT who, arg_max(unit, time) FILTER (WHERE unit IS NOT NULL) AS unit, min(time) AS first FROM acts GROUP BY who
),
touches AS (
  SELECT who, 'subject ' || subject AS thing, time FROM acts WHERE subject IN (SELECT about FROM chosen)
  UNION ALL
  SELECT who, 'object ' || object_id, time FROM acts WHERE object_id IN (SELECT object_id FROM chosen)
),
sizes AS (
  SELECT w.pair, count(*) FILTER (WHERE k.who <> w.who) AS actors,
         count(*) FILTER (WHERE k.who <> w.who AND k.unit = o.unit) AS members,
         date_diff('day', min(k.first), any_value(w.at)) + 1 AS days
  FROM wanted AS w LEFT JOIN known AS o ON o.who = w.who LEFT JOIN known AS k ON k.first < w.at
  GROUP BY w.pair
)
SELECT w.pair, count(*) FILTER (WHERE t.who = w.who) AS earlier,
       count(DISTINCT t.who) FILTER (WHERE t.who <> w.who) AS others, any_value(s.actors) AS actors,
       count(DISTINCT t.who) FILTER (WHERE t.who <> w.who AND k.unit = o.unit) AS colleagues, any_value(s.members) AS members,
       any_value(s.days) AS days
FROM wanted AS w JOIN sizes AS s USING (pair)
LEFT JOIN known AS o ON o.who = w.who
LEFT JOIN touches AS t ON t.thing = w.thing AND t.time < w.at
LEFT JOIN known AS k ON k.who = t.who
GROUP BY w.pair
ORDER BY w.pair
