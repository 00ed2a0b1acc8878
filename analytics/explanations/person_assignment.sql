-- explanation: person_assignment
-- explains:   The employee is assigned to the case, the object or the person whom it is about.
-- sv:         Medarbetaren är utsedd för ärendet, objektet eller den enskilde.
-- rests_on:   assignments
SELECT DISTINCT a.event_id, 'assignments' AS relation, s.row_id
FROM accesses AS a
JOIN assignments AS s
  ON s.person = a.actor_person
 AND (s.object_id IS NULL OR (s.object_id = a.object_id AND s.system = a.system))
 AND (s.subject IS NULL OR s.subject = a.about)
 AND (s.object_id IS NOT NULL OR s.subject IS NOT NULL)
 AND (s.system IS NULL OR s.system = a.system)
 AND (s.object_type IS NULL OR s.object_type = a.object_type)
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
ORDER BY a.event_id, relation, s.row_id
