-- What was scored, for people: a row for each account and period, its risk, and the numbers behind it in Swedish and English.
--
-- reads:  scored (score.SCORED), holders (actor, period -> account, person), active (level), aspects, act_numbers, action_words;
--         $hours, $first
-- risk:   what `tail` leaves, its odds times the harm: 1/4, 1/2, 1 and 2 for the levels 0-3 of what was touched, 1 where nothing is classified
-- reason: the component that is least likely, and the next if that has less than one chance in twenty
WITH named AS (
  SELECT s.*, h.actor_account, h.actor_person, (s.period - $first) * $hours // 24 + 1 AS days,
         CASE a.level WHEN 0 THEN 0.25 WHEN 1 THEN 0.5 WHEN 3 THEN 2 ELSE 1 END AS harm,
         aspect_words(f.facet, f.system, true) AS first_sv, aspect_words(f.facet, f.system, false) AS first_en,
         aspect_words(p.facet, p.system, true) AS peers_sv, aspect_words(p.facet, p.system, false) AS peers_en,
         aspect_words(o.facet, o.system, true) AS organisation_sv, aspect_words(o.facet, o.system, false) AS organisation_en,
         coalesce(w.sv, v.action) AS act_sv, coalesce(w.en, v.action) AS act_en,
         coalesce(' i ' || v.system, '') || CASE v.outcome WHEN 'failure' THEN ', misslyckat' ELSE '' END AS where_sv,
         coalesce(' in ' || v.system, '') || CASE v.outcome WHEN 'failure' THEN ', failed' ELSE '' END AS where_en
  FROM scored AS s JOIN holders AS h USING (actor, period) JOIN active AS a USING (actor, period)
  LEFT JOIN aspects AS f ON f.aspect = s.first_time_what
  LEFT JOIN aspects AS p ON p.aspect = s.peers_what
  LEFT JOIN aspects AS o ON o.aspect = s.organisation_what
  LEFT JOIN act_numbers AS v ON v.number = s.volume_what
  LEFT JOIN action_words AS w ON w.action = v.action
),
worded AS (
  SELECT *, list_sort(list_filter([
    {'probability': first_time_p::DOUBLE, 'name': 'first_time',
     'numbers': format('första gången: {} av {} {} (väntat {})', whole(first_time_value), whole(first_time_of), first_sv, decimal_sv(first_time_usual)),
     'numbers_en': format('first time: {} of {} {} (expected {})', whole(first_time_value), whole(first_time_of), first_en, decimal_en(first_time_usual))},
    {'probability': peers_p::DOUBLE, 'name': 'peers',
     'numbers': CASE WHEN peers_members > 0 THEN format('{} av {} kollegor på {} dagar: {}', nth_sv(peers_rank), whole(peers_members), days, peers_sv) END,
     'numbers_en': CASE WHEN peers_members > 0 THEN format('{} of {} colleagues in {} days: {}', nth_en(peers_rank), whole(peers_members), days, peers_en) END},
    {'probability': organisation_p::DOUBLE, 'name': 'organisation',
     'numbers': CASE WHEN organisation_members > 0 THEN format('{} av {} i organisationen på {} dagar: {}', nth_sv(organisation_rank), whole(organisation_members), days, organisation_sv) END,
     'numbers_en': format('{} of {} in the organisation in {} days: {}', nth_en(organisation_rank), whole(organisation_members), days, organisation_en)},
    {'probability': place_p::DOUBLE, 'name': 'place',
     'numbers': format('plats eller förbindelse: {} nya av {}', whole(place_value), whole(place_of))
                || CASE WHEN place_members > 0 THEN format(', {} av {} i organisationen', nth_sv(place_rank), whole(place_members)) ELSE '' END,
     'numbers_en': format('place or connection: {} new of {}', whole(place_value), whole(place_of))
                   || CASE WHEN place_members > 0 THEN format(', {} of {} in the organisation', nth_en(place_rank), whole(place_members)) ELSE '' END},
    {'probability': volume_p::DOUBLE, 'name': 'volume',
     'numbers': format('{} {} gånger{} (väntat {})', act_sv, whole(volume_value), where_sv, decimal_sv(volume_usual)),
     'numbers_en': format('{} {} times{} (expected {})', act_en, whole(volume_value), where_en, decimal_en(volume_usual))},
    {'probability': hour_p::DOUBLE, 'name': 'hour',
     'numbers': format('kl. {:02d}{}: {} % av sådana dagar', (hour_value % 24)::INTEGER, CASE WHEN hour_value >= 24 THEN ' på en ledig dag' ELSE '' END, decimal_sv(100 * hour_usual)),
     'numbers_en': format('{:02d} o''clock{}: {} % of such days', (hour_value % 24)::INTEGER, CASE WHEN hour_value >= 24 THEN ' on a day off' ELSE '' END, decimal_en(100 * hour_usual))},
    {'probability': CASE WHEN failed_value > 0 THEN failed_p::DOUBLE END, 'name': 'failed',
     'numbers': format('{} misslyckade och sedan lyckat inom en timme (väntat {})', whole(failed_value), decimal_sv(failed_usual)),
     'numbers_en': format('{} failed and then succeeded within an hour (expected {})', whole(failed_value), decimal_en(failed_usual))},
    {'probability': CASE WHEN slow_value > 0 THEN slow_p::DOUBLE END, 'name': 'slow',
     'numbers': format('{} mått har avvikit i veckor', whole(slow_value)),
     'numbers_en': format('{} measures have deviated for weeks', whole(slow_value))}
  ], lambda c: c.probability IS NOT NULL AND c.numbers IS NOT NULL)) AS components
  FROM named
)
SELECT actor_account, actor_person, to_timestamp(period::BIGINT * $hours * 3600) AS period_start_utc,
       (1 - tail) * harm / ((1 - tail) * harm + tail) AS risk,
       components[1].numbers || CASE WHEN components[2].probability < 0.05 THEN '; ' || components[2].numbers ELSE '' END AS reason,
       components[1].numbers_en || CASE WHEN components[2].probability < 0.05 THEN '; ' || components[2].numbers_en ELSE '' END AS reason_en,
       list_transform(components, lambda c: {'name': c.name, 'probability': c.probability, 'numbers': c.numbers, 'numbers_en': c.numbers_en}) AS components
FROM worded
ORDER BY period_start_utc, actor_account, risk DESC, actor_person
