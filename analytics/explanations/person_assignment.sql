-- explanation: person_assignment
-- explains:   The employee is assigned to the case, the object or the person whom it is about.
-- sv:         Medarbetaren är utsedd för ärendet, objektet eller den enskilde.
-- rests_on:   assignments

-- A row that names an object covers that object, and what names no object but is about the row's person in the
-- same system (a search on the way to the case). A row that names a person alone covers all that is about her.
SELECT a.event_id, 'assignments' AS relation, s.row_id
FROM accesses AS a
JOIN assignments AS s
  ON s.person = a.actor_person AND s.system = a.system AND s.object_id = a.object_id
 AND (s.object_type IS NULL OR s.object_type = a.object_type)
 AND (s.subject IS NULL OR a.about IS NULL OR s.subject = a.about)
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
UNION
SELECT a.event_id, 'assignments' AS relation, s.row_id
FROM accesses AS a
JOIN assignments AS s
  ON s.person = a.actor_person AND s.subject = a.about
 AND (s.object_id IS NULL OR (a.object_id IS NULL AND s.system IS NOT NULL))
 AND (s.system IS NULL OR s.system = a.system)
 AND (s.object_type IS NULL OR s.object_id IS NOT NULL OR s.object_type = a.object_type)
 AND a.time >= s.valid_from AND (s.valid_to IS NULL OR a.time < s.valid_to)
ORDER BY event_id, relation, row_id
