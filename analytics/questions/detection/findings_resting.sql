-- question: findings_resting
-- asks:     Which findings rest on events of this kind?
-- sv:       Vilka fynd vilar på händelser av det här slaget?
-- params:   actor_account TEXT = NULL; system TEXT = NULL; asset TEXT = NULL; object_type TEXT = NULL; object_id TEXT = NULL;
--           object_path TEXT = NULL; src_ip TEXT = NULL; start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  risk INTEGER, severity TEXT, detection TEXT, actor_person TEXT, actor_account TEXT, actor_unit TEXT, about TEXT,
--           events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ, state TEXT, verdict TEXT, finding TEXT
-- counts:   each finding once, as it stands; events = those of its events that have every value that is given, spelt exactly so;
--           first and last are of those events alone
-- narrow:   time; all actor_account, system, asset, object_type, object_id, object_path, src_ip
-- order:    by risk, the highest first, then the last event and the finding
-- limits:   a finding is a reason to look, never a proof. What no detection finds is not here. Whom it is about is withheld as in `findings`
-- sv_counts: varje fynd en gång, så som det står; händelser är de av fyndets händelser som har alla angivna värden, stavade precis
--           så, och först och senast gäller bara dem
-- sv_limits: ett fynd är ett skäl att titta, aldrig ett bevis. Det som ingen regel ser är inte här. Vem det gäller döljs för samma
--           regler som bland fynden
WITH rested AS (
  SELECT finding, unnest(evidence) AS event_id
  FROM findings
),
hits AS (
  SELECT event_id, time
  FROM events
  WHERE ($actor_account IS NULL OR actor_account = $actor_account)
    AND ($system IS NULL OR system = $system)
    AND ($asset IS NULL OR asset = $asset)
    AND ($object_type IS NULL OR object_type = $object_type)
    AND ($object_id IS NULL OR object_id = $object_id)
    AND ($object_path IS NULL OR object_path = $object_path)
    AND ($src_ip IS NULL OR src_ip = $src_ip)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
),
touching AS (
  SELECT r.finding, count(*) AS events, min(h.time) AS first_utc, max(h.time) AS last_utc
  FROM rested AS r JOIN hits AS h ON h.event_id = r.event_id
  GROUP BY r.finding
)
SELECT f.risk, f.severity, f.detection, f.actor_person, f.actor_account, f.actor_unit, f.about, t.events, t.first_utc,
       t.last_utc, f.state, d.verdict, f.finding
FROM touching AS t
JOIN findings AS f ON f.finding = t.finding
LEFT JOIN decisions AS d ON d.finding = f.finding
ORDER BY f.risk DESC, last_utc DESC, f.finding
