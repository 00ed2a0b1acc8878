-- What the same employees did until then, which is all that an explanation of a single event looks at beside it. They are named one
-- by one, so that only those parts of files are read that may hold them.
INSERT INTO judged
SELECT *, false, 0 FROM accesses
WHERE time >= {far_first} AND time < {near_last} AND actor_person IN ({persons}) AND NOT {fresh};
