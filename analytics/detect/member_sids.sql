-- Whom a record of Windows takes into a group or out of one, by the SID that stands beside the name: in lower case, since that is what
-- it is compared by. One row an event that has any.
--
-- As windows_fields finds it, whichever forwarder spelt the record, without its other 54 fields: those take 30 ms to bind.
CREATE OR REPLACE TEMP VIEW member_sids AS
SELECT event_id, sid
FROM (
  SELECT event_id, lower(regexp_extract(details, '"MemberSid"(?:\s*:|\s*\}?\s*,\s*"(?:#text|Value)"\s*:)\s*"(S-1-[0-9-]+)"', 1, 'i')) AS sid
  FROM clockless_events
  WHERE action IN ('grant', 'revoke') AND contains(details, 'MemberSid')
    AND source IN (SELECT source FROM sources WHERE mapping = 'windows_security'))
WHERE sid <> '';
