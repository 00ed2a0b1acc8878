-- What baselines remember of the events: how often an account did a kind of act to a thing from a place in a whole hour.
--
-- reads:   given (events, with `filename`: the data file), calendar
-- returns: a row for each distinct combination in a file. `who` and `act` are keys of accounts.sql and acts.sql; they, the things and
--          the places are 64-bit hashes. `hour` = whole hours since 1970 (UTC); `slot` = the local hour, and 24 more on a day off.
-- level:   the worth of what was touched: of a reading act its K, of another the highest of K, R and T; NULL = not classified
-- A thing's container is a web address's host, a path's folder, a mail address's domain, else its kind in its system.
SELECT file, who, hour, slot, act, thing, container, extension, host, network, device, agent, subject, target, target_domain, level,
       count(*) AS events
FROM (SELECT parse_filename(e.filename) AS file,
             hash(e.actor_account, e.actor_domain, e.actor_person, e.actor_unit, e.actor_role) AS who,
             (epoch_us(e.time) // 3600000000)::INTEGER AS hour,
             (e.local_hour + CASE WHEN e.local_weekday > 5 OR c.day IS NOT NULL THEN 24 ELSE 0 END)::UTINYINT AS slot,
             hash(e.system, e.action, e.outcome) AS act,
             CASE WHEN e.name IS NOT NULL THEN hash(e.system, e.object_type, e.name) END AS thing,
             CASE WHEN e.name IS NULL THEN CASE WHEN e.object_type IS NOT NULL THEN hash('type', e.system, e.object_type) END
                  WHEN contains(e.name, '://') THEN hash('host', lower(split_part(split_part(e.name, '://', 2), '/', 1)))
                  WHEN contains(e.name, '/') OR contains(e.name, '\') THEN hash('folder', e.system, parse_dirpath(e.name, 'both_slash'))
                  WHEN contains(e.name, '@') THEN hash('domain', lower(split_part(e.name, '@', -1)))
                  ELSE hash('type', e.system, e.object_type) END AS container,
             CASE WHEN contains(right(e.name, 6), '.') AND NOT contains(e.name, '@')
                  THEN hash('extension', nullif(lower(regexp_extract(right(e.name, 6), '\.([A-Za-z][A-Za-z0-9]*)$', 1)), '')) END AS extension,
             CASE WHEN e.src_host IS NOT NULL THEN hash('host', lower(e.src_host)) END AS host,
             CASE WHEN contains(e.src_ip, ':') THEN hash('network', array_to_string(str_split(e.src_ip, ':')[1:4], ':'))
                  WHEN e.src_ip IS NOT NULL THEN hash('network', regexp_replace(e.src_ip, '\.[0-9]+$', '')) END AS network,
             CASE WHEN e.device IS NOT NULL THEN hash('device', e.device) END AS device,
             CASE WHEN e.user_agent IS NOT NULL THEN hash('agent', regexp_replace(e.user_agent, '[0-9._]+', '', 'g')) END AS agent,
             CASE WHEN e.subject IS NOT NULL THEN hash('subject', e.subject) END AS subject,
             CASE WHEN e.other IS NOT NULL THEN hash('target', lower(e.other)) END AS target,
             CASE WHEN contains(e.other, '@') THEN hash('domain', lower(split_part(e.other, '@', -1))) END AS target_domain,
             CASE WHEN e.action IN ('read', 'search', 'print', 'export', 'copy') THEN e.k ELSE greatest(e.k, e.r, e.t) END::TINYINT AS level
      FROM (SELECT *, coalesce(object_path, object_id) AS name, coalesce(target_account, target_group) AS other FROM given) AS e
      LEFT JOIN calendar AS c ON c.day = e.local_day AND c.holiday IS NOT NULL
      WHERE e.actor_account IS NOT NULL)
GROUP BY ALL
