-- question: events_outside_hours
-- asks:     Which events took place outside working hours, at weekends or on Swedish holidays?
-- sv:       Vilka händelser inträffade utanför arbetstid, på helger eller på svenska helgdagar?
-- params:   why TEXT (holiday, weekend or hour) = NULL; holiday TEXT (on this holiday) = NULL; from_hour INTEGER (local hour at which
--           working hours begin) = 6; to_hour INTEGER (local hour at which they end) = 18; actor_person TEXT = NULL; actor_account TEXT = NULL;
--           actor_domain TEXT = NULL; actor_kind TEXT = NULL; actor_unit TEXT = NULL; system TEXT = NULL; asset TEXT = NULL;
--           k INTEGER = NULL; proves TEXT = NULL;
--           lacks TEXT (names of these that the record doesn't tell, with commas between) = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, why TEXT, holiday TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT, object_path TEXT, subject TEXT,
--           src_ip TEXT, source TEXT, event_id TEXT
-- counts:   each event once that has every value that is given, spelt exactly so; those that access_outside_hours counts, with level 0
-- order:    the latest first, then by event
-- narrow:   time; all actor_person, actor_account, actor_domain, actor_kind, actor_unit, system, asset, k, proves
-- limits:   a value that the record didn't tell matches nothing. Holidays are known for the years 2000 to 2050
-- sv_counts: varje händelse en gång som har alla angivna värden, stavade precis så; samma som frågan om vem som har använt känslig
--           information utanför arbetstid räknar, utan gräns för nivån
-- sv_limits: det som posten inte anger motsvarar inget värde. Helgdagar är kända för åren 2000 till 2050
WITH free AS (
  SELECT CASE WHEN c.holiday IS NOT NULL THEN 'holiday' WHEN e.local_weekday >= 6 THEN 'weekend' ELSE 'hour' END AS why, c.holiday, e.time,
         e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.action, e.outcome, e.proves, e.system, e.asset, e.k, e.object_type,
         e.object_id, e.object_path, e.subject, e.src_ip, e.source, e.event_id
  FROM events AS e LEFT JOIN calendar AS c ON c.day = e.local_day
  WHERE (c.holiday IS NOT NULL OR e.local_weekday >= 6 OR e.local_hour < $from_hour OR e.local_hour >= $to_hour)
    AND ($actor_person IS NULL OR e.actor_person = $actor_person)
    AND ($actor_account IS NULL OR e.actor_account = $actor_account)
    AND ($actor_domain IS NULL OR e.actor_domain = $actor_domain)
    AND ($actor_kind IS NULL OR e.actor_kind = $actor_kind)
    AND ($actor_unit IS NULL OR e.actor_unit = $actor_unit)
    AND ($system IS NULL OR e.system = $system)
    AND ($asset IS NULL OR e.asset = $asset)
    AND ($k IS NULL OR e.k = $k)
    AND ($proves IS NULL OR e.proves = $proves)
    AND ($lacks IS NULL OR (
          (NOT contains(',' || $lacks || ',', ',actor_person,') OR e.actor_person IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',actor_account,') OR e.actor_account IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',actor_domain,') OR e.actor_domain IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',actor_kind,') OR e.actor_kind IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',actor_unit,') OR e.actor_unit IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',system,') OR e.system IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',asset,') OR e.asset IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',k,') OR e.k IS NULL)
      AND (NOT contains(',' || $lacks || ',', ',proves,') OR e.proves IS NULL)))
    AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
)
SELECT time AS time_utc, why, holiday, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, system, asset, k,
       object_type, object_id, object_path, subject, src_ip, source, event_id
FROM free
WHERE ($why IS NULL OR why = $why) AND ($holiday IS NULL OR holiday = $holiday)
ORDER BY time_utc DESC, event_id
