-- explanation: investigation
-- explains:   The employee works in an open investigation about the case, the object or the person.
-- sv:         Medarbetaren arbetar i en öppen utredning som gäller ärendet, objektet eller den enskilde.
-- rests_on:   investigations

-- Open = the row's own period. Objects and persons are matched as for an assignment.
SELECT a.event_id, 'investigations' AS relation, s.row_id
FROM accesses AS a
JOIN investigations AS s
  ON s.person = a.actor_person AND s.system = a.system AND s.object_id = a.object_id
 AND (s.object_type IS NULL OR s.object_type = a.object_type)
 AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
UNION
SELECT a.event_id, 'investigations' AS relation, s.row_id
FROM accesses AS a
JOIN investigations AS s
  ON s.person = a.actor_person AND s.subject = a.about
 AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
 AND (s.system IS NULL OR s.system = a.system)
 AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
ORDER BY event_id, relation, row_id
