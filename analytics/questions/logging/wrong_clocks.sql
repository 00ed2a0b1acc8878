-- question: wrong_clocks
-- asks:     Which sources give times that can't be right?
-- sv:       Vilka källor anger tider som inte kan stämma?
-- params:   ahead_minutes INTEGER (later than received by more than so many) = 60
-- returns:  state TEXT, source TEXT, system TEXT, events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ, last_received_utc TIMESTAMPTZ
-- counts:   events, by source: 'ahead' (its time is later than when it was received) and 'ancient' (its time is before 2000).
--           first_utc and last_utc are those times, last_received_utc when the latest of them was received
-- order:    by state, then source
-- limits:   a clock that is slow can't be told from a log that came late. An event with a wrong time is counted in the period that it
--           says, and is missing from the one in which it was made
-- sv_counts: händelser per källa: i framtiden (tiden är senare än när posten togs emot) och urgamla (tiden är före år 2000). Först och
--           senast är de tiderna; senast mottagen är när den sista av dem togs emot
-- sv_limits: en klocka som går efter kan inte skiljas från en logg som kom sent. En händelse med fel tid räknas i den period som den anger
--           och saknas i den då den inträffade
SELECT state, source, max(system) AS system, count(*) AS events, min(time) AS first_utc, max(time) AS last_utc,
       max(received) AS last_received_utc
FROM (
  SELECT 'ahead' AS state, source, system, time, received FROM events WHERE time > received + $ahead_minutes * INTERVAL 1 MINUTE
  UNION ALL
  SELECT 'ancient', source, system, time, received FROM events WHERE time < TIMESTAMPTZ '2000-01-01 00:00:00+00'
) AS e
GROUP BY state, source
ORDER BY state, source
