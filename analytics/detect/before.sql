-- What the same employees did until then to the same objects and persons, which is all that an explanation of a single event looks
-- at beside it. They are named one by one, so that only those parts of files are read that may hold them.
INSERT INTO judged
SELECT *, false, 0 FROM accesses
WHERE time >= {far_first} AND time < {near_last} AND actor_person IN ({actor_person})
  AND (object_id IN ({object_id}) OR about IN ({about})) AND NOT {fresh};
