-- question: activity
-- asks:     How are the events of this kind spread over actions, days, weekdays and hours of Sweden's clock?
-- sv:       Hur fördelar sig händelserna av det här slaget på åtgärder, dagar, veckodagar och klockslag?
-- params:   actor_person TEXT = NULL; actor_account TEXT = NULL; action TEXT = NULL; system TEXT = NULL; asset TEXT = NULL;
--           object_type TEXT = NULL; object_id TEXT = NULL; object_path TEXT = NULL; src_ip TEXT = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  action TEXT, local_day DATE, local_weekday INTEGER, local_hour INTEGER, events BIGINT
-- counts:   each event once that has every value that is given, spelt exactly so; the same that the question events lists
-- narrow:   time; all actor_person, actor_account, action, system, asset, object_type, object_id, object_path, src_ip
-- order:    by day, hour and action
-- limits:   the hour that comes twice when summer time ends is one hour here. A value that the record didn't tell matches nothing
-- sv_counts: varje händelse en gång som har alla angivna värden, stavade precis så; samma som frågan om händelser listar
-- sv_limits: timmen som kommer två gånger när sommartiden slutar är en timme här. Det som posten inte anger motsvarar inget värde
SELECT action, local_day, local_weekday, local_hour, count(*) AS events
FROM events
WHERE ($actor_person IS NULL OR actor_person = $actor_person)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($action IS NULL OR action = $action)
  AND ($system IS NULL OR system = $system)
  AND ($asset IS NULL OR asset = $asset)
  AND ($object_type IS NULL OR object_type = $object_type)
  AND ($object_id IS NULL OR object_id = $object_id)
  AND ($object_path IS NULL OR object_path = $object_path)
  AND ($src_ip IS NULL OR src_ip = $src_ip)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
GROUP BY action, local_day, local_weekday, local_hour
ORDER BY local_day, local_hour, action
