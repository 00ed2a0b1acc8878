-- What explains a pile of accesses, not one alone: explanations other than that the unit works with the person, met her or answers for a
-- register, that a shift was there, or that the employee documented before. A reason in the employee's own name, a referral or a job.
-- Portable, since detections rest on it.
CREATE OR REPLACE TEMP VIEW pile_reasons AS
SELECT event_id, explanation FROM explained
WHERE explanation NOT IN ('contact', 'follow_up', 'rota', 'unit_assignment', 'unit_responsibility');
