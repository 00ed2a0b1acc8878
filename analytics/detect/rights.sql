-- Each right, role, membership or shared thing that was given, with when and by whom it was taken away next: the same right of the same
-- member in the same system, at any later time. Attempts that failed gave nothing. `account` is the member's by account_key, `sid` the member's
-- where the record has it. What another source tells within five seconds is the same act, if nothing else was done with that right meanwhile.
-- By windows, not by a join of each with each: a right may have been given and taken thousands of times; and by one look at the rows, since
-- each takes as long to bind as a person's take to read.
CREATE OR REPLACE TEMP VIEW rights AS
WITH changes AS (
  SELECT n.event_id, n.time, n.shard, n.position, n.part, n.outcome, n.system, n.target_account,
         account_key(n.target_account) AS account, CASE WHEN s.mapping = 'windows_security' AND n.action <> 'share' THEN member_sid(n.details) END AS sid,
         n.target_group, n.object_type, n.object_id, n.object_path, n.action, n.source, coalesce(n.actor_person, n.actor_account) AS changed_by
  FROM clockless_events AS n LEFT JOIN sources AS s ON s.source = n.source
  WHERE n.action IN ('grant', 'revoke', 'share') AND coalesce(n.outcome, '') <> 'failure'
),
paired AS (
  SELECT *, first_value(CASE WHEN action = 'revoke' THEN {'time': time, 'by': changed_by, 'event': event_id} END IGNORE NULLS)
              OVER (alike ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS taken,
         lag({'action': action, 'by': changed_by, 'source': source, 'time': time}) OVER alike AS before
  FROM changes
  WINDOW alike AS (PARTITION BY coalesce(sid, account, event_id), system, target_group, object_type, object_id, object_path
                   ORDER BY time, shard, position, part)
)
SELECT event_id, time, outcome, changed_by, system, target_account, account, sid, target_group, object_type, object_id, object_path,
       taken.time AS taken_utc, taken.by AS taken_by, taken.event AS taken_event
FROM paired
WHERE action <> 'revoke' AND (before.action = action AND before.by = changed_by AND before.source <> source
                              AND before.time >= time - INTERVAL 5 SECOND) IS NOT TRUE;
