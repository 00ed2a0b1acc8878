-- mapping:  riv_log
-- reads:    the `log` elements (LogType) of RIV-TA informationsecurity:auditing:log 2.0: StoreLog requests, GetLogs and GetLogsByOrder
--           answers, in a SOAP envelope or bare, under any prefix; and the `accessLog` elements of GetAccessLogsForPatient
-- source:   tjänstekontraktsbeskrivning "Logg – Loggning och uppföljning av åtkomst till patientjournal" 2.0.8 (2024-10-24), chapter 7
-- decoders: xml
-- proved:   from documentation. logId: 7.1.18; activity/activityType, startDate, purpose: 7.1.4; user/userId, title, assignment,
--           careUnit: 7.1.32; resources/resource/resourceType, patient, careUnit: 7.1.25; patientId/root, extension: 7.1.15 and 7.1.21;
--           accessLog/accessDate, userId, userTitle, careUnitId, purpose, resourceType: 7.1.1
-- traps:    times mostly carry no zone: they are Swedish local time, so the source must declare Europe/Stockholm. One log post may name
--           many resources: a row for each, and one without a patient, or that can't be read, doesn't cost the others. The unit is the
--           user's, not the resource's. The contract has no field for the result: outcome is 'unknown', but the post says that it was done.
--           root 1.2.752.129.2.1.3.1 is personnummer, .3.3 samordningsnummer; any other is the issuer of a reserve number.
--           Root and extension may be attributes, and patientId text alone. Names may begin with a capital (version 1)
WITH shaped AS (
  SELECT position, fields,
         from_json(fields, '{"logId": "VARCHAR", "system": {"systemId": "VARCHAR", "systemName": "VARCHAR"},
                             "activity": {"activityType": "VARCHAR", "activityLevel": "VARCHAR", "startDate": "VARCHAR", "purpose": "VARCHAR"},
                             "user": {"userId": "VARCHAR", "title": "VARCHAR", "assignment": "VARCHAR", "careUnit": {"careUnitId": "VARCHAR", "careUnitName": "VARCHAR"}},
                             "resources": {"resource": "JSON"},
                             "accessDate": "VARCHAR", "userId": "VARCHAR", "userTitle": "VARCHAR", "careUnitId": "VARCHAR", "careUnitName": "VARCHAR", "purpose": "VARCHAR", "resourceType": "VARCHAR"}') AS camel,
         CASE WHEN (fields->'$.activity') IS NULL AND (fields->'$.Activity') IS NOT NULL
              THEN from_json(fields, '{"LogId": "VARCHAR", "Activity": {"ActivityType": "VARCHAR", "ActivityLevel": "VARCHAR", "StartDate": "VARCHAR", "Purpose": "VARCHAR"},
                                       "User": {"UserId": "VARCHAR", "Title": "VARCHAR", "Assignment": "VARCHAR", "CareUnit": {"CareUnitId": "VARCHAR", "CareUnitName": "VARCHAR"}},
                                       "Resources": {"Resource": "JSON"}}') END AS pascal
  FROM raw),
named AS (
  SELECT position, fields, coalesce(camel.logId, pascal.LogId) AS log_id,
         coalesce(camel.activity.activityType, pascal.Activity.ActivityType) AS activity, coalesce(camel.activity.startDate, pascal.Activity.StartDate, camel.accessDate) AS clock,
         coalesce(camel.activity.purpose, pascal.Activity.Purpose, camel.purpose) AS purpose, coalesce(camel.user.userId, pascal.User.UserId, camel.userId) AS user_id,
         coalesce(camel.user.title, pascal.User.Title, camel.userTitle) AS title, coalesce(camel.user.assignment, pascal.User.Assignment) AS assignment,
         coalesce(camel.user.careUnit.careUnitId, pascal.User.CareUnit.CareUnitId, camel.careUnitId) AS unit_id, coalesce(camel.user.careUnit.careUnitName, pascal.User.CareUnit.CareUnitName, camel.careUnitName) AS unit_name,
         camel.accessDate IS NOT NULL AS access, camel.resourceType AS access_type, coalesce(camel.resources.resource, pascal.Resources.Resource) AS resource
  FROM shaped),
listed AS (
  SELECT *, CASE json_type(resource) WHEN 'ARRAY' THEN from_json(resource, '["JSON"]') ELSE [resource] END AS list FROM named),
parts AS (
  SELECT *, unnest(list) AS one, unnest(range(len(list))) AS part FROM (SELECT * REPLACE (CASE WHEN len(list) > 0 THEN list ELSE [NULL] END AS list) FROM listed)),
touched AS (
  SELECT *, coalesce(one->>'$.resourceType', one->>'$.ResourceType', access_type) AS resource_type,
         coalesce(one->'$.patient.patientId', one->'$.Patient.PatientId', one->'$.patient.PatientId') AS patient
  FROM parts),
known AS (
  SELECT *, nullif(trim(coalesce(patient->>'$.extension', patient->>'$."@extension"', patient->>'$.Extension', CASE WHEN json_type(patient) = 'VARCHAR' THEN patient->>'$' END)), '') AS number,
         nullif(trim(coalesce(patient->>'$.root', patient->>'$."@root"', patient->>'$.Root')), '') AS root,
         lower(trim(activity)) AS act
  FROM touched),
judged AS (
  SELECT *, CASE WHEN access THEN 'read'
                 ELSE coalesce(MAP {'läsa': 'read', 'läs': 'read', 'läst': 'read', 'skriva': 'update', 'skriv': 'update', 'skrivit': 'update', 'signera': 'sign', 'vidimera': 'sign', 'utskrift': 'print', 'skriva ut': 'print',
                                    'radera': 'delete', 'ta bort': 'delete', 'nödöppning': 'break_glass', 'nödöppna': 'break_glass'}[act], 'other') END AS action
  FROM known)
SELECT position, part::INTEGER                                                  AS part,
       iso_zoned(clock)                                                         AS time,
       CASE WHEN NOT regexp_matches(clock, '(Z|[+-]\d\d:?\d\d)$') THEN iso_local(clock) END AS local_time,
       clock                                                                    AS time_original,
       filled(log_id)                                                           AS source_event_id,
       filled(user_id)                                                          AS actor_account,
       coalesce(filled(unit_id), filled(unit_name))                             AS actor_unit,
       coalesce(filled(title), filled(assignment))                              AS actor_role,
       action,
       'unknown'                                                                AS outcome,
       CASE WHEN access OR action IN ('break_glass', 'other') THEN 'possible' ELSE 'content' END AS proves,
       3004                                                                     AS class_uid,
       filled(purpose)                                                          AS purpose,
       filled(resource_type)                                                    AS object_type,
       number                                                                   AS subject,
       CASE WHEN number IS NOT NULL AND root NOT IN ('1.2.752.129.2.1.3.1', '1.2.752.129.2.1.3.3') THEN root END AS subject_issuer,
       fields                                                                   AS details
FROM judged
