-- question: access_outside_hours
-- asks:     Who used sensitive information outside working hours, at weekends or on Swedish holidays?
-- sv:       Vem har använt känslig information utanför arbetstid, på helger eller på svenska helgdagar?
-- params:   from_hour INTEGER (local hour at which working hours begin) = 6; to_hour INTEGER (local hour at which they end) = 18;
--           level INTEGER (lowest K level, 0 = also what isn't classified) = 2; unit TEXT (only this unit) = NULL;
--           system TEXT (only in this system) = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  why TEXT, holiday TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_kind TEXT, actor_unit TEXT,
--           system TEXT, asset TEXT, k INTEGER, proves TEXT, events BIGINT, days BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   why = 'holiday' (also midsommarafton, julafton, nyårsafton), else 'weekend', else 'hour' (from_hour <= local hour < to_hour
--           is working time); days = different local days in Sweden. All actions; attempts apart
-- order:    by all columns but the last four
-- narrow:   time
-- limits:   says nothing about the person's own working hours: who works nights, shifts or on call is here without any fault,
--           and so are robots (actor_kind). Holidays are known for the years 2000 to 2050.
-- sv_counts: skälet är helgdag (även midsommarafton, julafton och nyårsafton), annars veckoslut, annars klockslag utanför den
--           angivna arbetstiden; dagar är olika dagar i Sverige. Alla åtgärder räknas, försök för sig
-- sv_limits: säger ingenting om den egna arbetstiden: den som arbetar natt, skift eller jour är här helt i sin ordning, liksom
--           automatiska konton. Helgdagar är kända för åren 2000 till 2050
WITH daily AS (
  SELECT CASE WHEN c.holiday IS NOT NULL THEN 'holiday' WHEN e.local_weekday >= 6 THEN 'weekend' ELSE 'hour' END AS why, c.holiday,
         e.actor_account, e.actor_domain, e.actor_person, e.actor_kind, e.actor_unit, e.system, e.asset, e.k, e.proves,
         e.local_day, count(*) AS events, min(e.time) AS first_utc, max(e.time) AS last_utc
  FROM events AS e LEFT JOIN calendar AS c ON c.day = e.local_day
  WHERE ($level = 0 OR e.k >= $level)
    AND (c.holiday IS NOT NULL OR e.local_weekday >= 6 OR e.local_hour < $from_hour OR e.local_hour >= $to_hour)
    AND ($unit IS NULL OR e.actor_unit = $unit)
    AND ($system IS NULL OR e.system = $system)
    AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
  GROUP BY why, c.holiday, e.actor_account, e.actor_domain, e.actor_person, e.actor_kind, e.actor_unit, e.system, e.asset, e.k,
           e.proves, e.local_day
)
SELECT why, holiday, actor_account, actor_domain, actor_person, actor_kind, actor_unit, system, asset, k, proves,
       CAST(sum(events) AS BIGINT) AS events, count(*) AS days, min(first_utc) AS first_utc, max(last_utc) AS last_utc
FROM daily
GROUP BY why, holiday, actor_account, actor_domain, actor_person, actor_kind, actor_unit, system, asset, k, proves
ORDER BY why, holiday, actor_account, actor_domain, actor_person, actor_kind, actor_unit, system, asset, k, proves
