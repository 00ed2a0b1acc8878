-- Whom a record gives a right to or takes one from, by what its logs may spell in several ways.

-- The account of a name, to compare it by: in lower case, and KOMMUN\anna as anna@kommun.example, by the user and the first label of the
-- domain (ingest/people.py). A name without domain is itself, and so is a place in a directory (CN=…).
CREATE OR REPLACE TEMP MACRO account_key(name) AS lower(CASE
  WHEN contains(name, '=') THEN name
  WHEN contains(name, '\') THEN split_part(name, '\', 2) || '@' || split_part(split_part(name, '\', 1), '.', 1)
  WHEN contains(name, '@') THEN split_part(name, '@', 1) || '@' || split_part(split_part(name, '@', 2), '.', 1)
  ELSE name END);

-- The SID of the member whom a record of Windows takes into a group or out of one, which stands beside the name: in lower case, since that
-- is what it is compared by. As windows_fields finds it, whichever forwarder spelt the record, without its other 54 fields: those take
-- 30 ms to bind.
CREATE OR REPLACE TEMP MACRO member_sid(details) AS CASE
  WHEN contains(details, 'MemberSid')
  THEN nullif(lower(regexp_extract(details, '"MemberSid"(?:\s*:|\s*\}?\s*,\s*"(?:#text|Value)"\s*:)\s*"(S-1-[0-9-]+)"', 1, 'i')), '') END;
