-- Each right, role, membership or shared thing that was given, with when and by whom it was taken away next: the same right of the same
-- member in the same system, at any later time. Attempts that failed gave nothing. `sid` = the member's, where the record has it. By windows,
-- not by a join of each with each: a right may have been given and taken thousands of times.
CREATE OR REPLACE TEMP VIEW rights AS
WITH changes AS (
  SELECT e.event_id, e.time, e.action, e.outcome, coalesce(e.actor_person, e.actor_account) AS changed_by, e.system, e.target_account, m.sid,
         coalesce(m.sid, e.target_account) AS member, e.target_group, e.object_type, e.object_id, e.object_path,
         row_number() OVER (ORDER BY e.time, e.shard, e.position, e.part) AS number
  FROM clockless_events AS e LEFT JOIN member_sids AS m ON m.event_id = e.event_id
  WHERE e.action IN ('grant', 'revoke', 'share') AND coalesce(e.outcome, '') <> 'failure'
),
paired AS (
  SELECT *, CASE WHEN member IS NOT NULL THEN
           min(CASE WHEN action = 'revoke' THEN number END) OVER (
             PARTITION BY member, system, target_group, object_type, object_id, object_path
             ORDER BY number ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) END AS taken
  FROM changes
)
SELECT g.event_id, g.time, g.outcome, g.changed_by, g.system, g.target_account, g.sid, g.target_group, g.object_type, g.object_id, g.object_path,
       r.time AS taken_utc, r.changed_by AS taken_by, r.event_id AS taken_event
FROM paired AS g LEFT JOIN changes AS r ON r.number = g.taken
WHERE g.action IN ('grant', 'share');
