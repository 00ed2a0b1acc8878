-- The events that are told: as a reviewer reads them, with the names that person, unit and asset bore then.
--
-- reads:  events, judged (the accesses among them), people, units, assets, assignments
--
-- assigned_from: the first assignment of the same employee or unit to the same thing or person that begins after the event.
SELECT e.event_id, e.time, e.actor_account, e.actor_person, e.actor_unit, e.actor_role, e.action, e.outcome, e.proves, e.system,
       e.object_type, e.object_id, e.object_path, e.target_account, e.target_group, coalesce(e.subject, j.about) AS about,
       e.purpose AS stated_purpose, e.src_ip, e.src_host, e.asset, e.k, e.r, e.t, e.controller, e.source, e.shard, e.position,
       p.name AS person_name, u.name AS unit_name, a.name AS asset_name, j.event_id IS NOT NULL AS judged, l.assigned_from
FROM events AS e
LEFT JOIN (SELECT event_id, min(about) AS about FROM judged GROUP BY event_id) AS j ON j.event_id = e.event_id
LEFT JOIN people AS p ON p.person = e.actor_person AND e.time >= p.valid_from AND (p.valid_to IS NULL OR e.time < p.valid_to)
LEFT JOIN units AS u ON u.unit = e.actor_unit AND e.time >= u.valid_from AND (u.valid_to IS NULL OR e.time < u.valid_to)
LEFT JOIN assets AS a ON a.asset = e.asset AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)
LEFT JOIN (
  SELECT j.event_id, min(s.valid_from) AS assigned_from
  FROM judged AS j
  JOIN assignments AS s
    ON (s.person = j.actor_person OR s.unit = j.actor_unit) AND s.valid_from > j.time
   AND ((s.object_id = j.object_id AND s.system = j.system)
        OR (s.object_id IS NULL AND s.subject = j.about AND (s.system IS NULL OR s.system = j.system)))
  GROUP BY j.event_id) AS l ON l.event_id = e.event_id
WHERE {which}
ORDER BY e.time, e.event_id
LIMIT {most}
