-- Some events alone, to tell what explains them: their accesses. What lies before them comes by before.sql.
INSERT INTO judged SELECT *, true, {ordinal} FROM accesses WHERE {fresh} AND time >= {near_first} AND time < {near_last};
