-- The accesses that the employee has a reason for in her or his own name: assigned to the object or the person, or until a short while
-- ago; having met the person; deputising; investigating. What only the unit's work explains has none. An event stands once for each;
-- met_utc: when, if it is that they met.
-- Portable, since detections rest on it.
CREATE OR REPLACE TEMP VIEW own_reasons AS
SELECT event_id, explanation, CAST(NULL AS TIMESTAMPTZ) AS met_utc FROM explained
WHERE explanation IN ('delegation', 'investigation', 'person_assignment') OR (explanation = 'follow_up' AND relation = 'assignments')
UNION ALL
SELECT x.event_id, x.explanation, c.valid_from
FROM explained AS x
JOIN contacts AS c ON c.row_id = x.row_id
JOIN accesses AS a ON a.event_id = x.event_id AND a.actor_person = c.person
WHERE x.relation = 'contacts';
