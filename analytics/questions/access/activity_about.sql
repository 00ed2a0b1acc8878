-- question: activity_about
-- asks:     How are the events about this person spread over actions, days, weekdays and hours of Sweden's clock?
-- sv:       Hur fördelar sig händelserna om den här personen på åtgärder, dagar, veckodagar och klockslag?
-- params:   subject TEXT (the person's token, or `-` to read the personal number from standard input);
--           own BOOLEAN (also those who asked sparhund about the person) = false;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  action TEXT, local_day DATE, local_weekday INTEGER, local_hour INTEGER, events BIGINT
-- counts:   the events that events_about lists, each once; what was asked of sparhund itself about the person counts only with `own`
-- narrow:   time; any subject via object_subject
-- order:    by day, hour and action
-- limits:   the hour that comes twice when summer time ends is one hour here
-- sv_counts: de händelser som frågan om den enskilde listar, var och en en gång; det som sparhund självt har tillfrågats om
--           personen räknas bara när det väljs
-- sv_limits: timmen som kommer två gånger när sommartiden slutar är en timme här
WITH on_things AS (
  SELECT DISTINCT e.event_id, e.source, e.action, e.time, e.local_day, e.local_weekday, e.local_hour
  FROM events AS e
  JOIN object_subject AS t
    ON t.object_id = e.object_id AND t.system = e.system AND (t.object_type IS NULL OR t.object_type = e.object_type)
    AND e.time >= t.valid_from AND (t.valid_to IS NULL OR e.time < t.valid_to)
  WHERE t.subject = $subject AND e.subject IS NULL
),
hits AS (
  SELECT 'subject' AS found_by, event_id, source, action, time, local_day, local_weekday, local_hour
  FROM events
  WHERE subject = $subject
  UNION ALL
  SELECT 'object' AS found_by, event_id, source, action, time, local_day, local_weekday, local_hour
  FROM on_things
)
SELECT action, local_day, local_weekday, local_hour, count(*) AS events
FROM hits
WHERE ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  AND ($own OR source IS DISTINCT FROM 'sparhund')
GROUP BY action, local_day, local_weekday, local_hour
ORDER BY local_day, local_hour, action
