-- Each right, role, membership or shared thing that was given, with when and by whom it was taken away next: the same right of the same
-- member in the same system, at any time later. Attempts that failed gave nothing. `sid` = the member's, where the record has it.
CREATE OR REPLACE TEMP VIEW rights AS
WITH changes AS (
  SELECT e.event_id, e.time, e.action, e.outcome, coalesce(e.actor_person, e.actor_account) AS changed_by, e.system, e.target_account, m.sid,
         coalesce(m.sid, e.target_account) AS member, e.target_group, e.object_type, e.object_id, e.object_path
  FROM clockless_events AS e LEFT JOIN member_sids AS m ON m.event_id = e.event_id
  WHERE e.action IN ('grant', 'revoke', 'share') AND coalesce(e.outcome, '') <> 'failure'
),
paired AS (
  SELECT g.*, r.time AS taken_utc, r.changed_by AS taken_by, r.event_id AS taken_event,
         row_number() OVER (PARTITION BY g.event_id ORDER BY r.time, r.event_id) AS place
  FROM changes AS g
  LEFT JOIN changes AS r
    ON r.action = 'revoke' AND r.time >= g.time AND r.member = g.member AND r.system IS NOT DISTINCT FROM g.system
    AND r.target_group IS NOT DISTINCT FROM g.target_group AND r.object_type IS NOT DISTINCT FROM g.object_type
    AND r.object_id IS NOT DISTINCT FROM g.object_id AND r.object_path IS NOT DISTINCT FROM g.object_path
  WHERE g.action IN ('grant', 'share')
)
SELECT * EXCLUDE (action, member, place) FROM paired WHERE place = 1;
