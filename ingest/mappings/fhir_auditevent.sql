-- mapping:  fhir_auditevent
-- reads:    FHIR AuditEvent, R4 and R5, as JSON (one a line, an array, a Bundle whose entries hold them) or XML; the patterns of IHE BALP
-- source:   hl7.org/fhir/R4/auditevent.html, hl7.org/fhir/R5/auditevent.html; IHE Basic Audit Log Patterns 1.1 (ITI BALP);
--           DICOM PS3.16 CID 400 and 401 (event codes), HL7 v3-ActReason (purpose of use)
-- decoders: json_array, ndjson, xml
-- proved:   from documentation. time: period, recorded (R4), occurred[x] (R5); action: action, subtype (R4), code (R5), BTG of
--           purposeOfUse (R4), authorization (R5); outcome: outcome (R4), outcome.code (R5); actor: agent.requestor, who, altId, name, role;
--           src_ip: agent.network (R4), network[x] (R5); object, subject: entity.what, role, type, query (R4, R5), patient (R5)
-- traps:    `recorded` is when it was written down: period or occurred[x] say when it took place. The actor is the agent with
--           requestor true, a person before a program; without one, a lone agent or the only human user. BALP puts the client's address on an agent of its own:
--           Destination (110152) when it reads, else Source (110153), when it searches too; the other one is the server. An address may be a URI.
--           The patient entity is the subject of the others; several patients are rows of their own, since nothing says which belongs to
--           which. A patient known by reference only has no number. The query of a search is base64. outcome 4, 8 and 12 are failures.
--           A purpose BTG is break_glass whatever the action. In XML a list of one looks like no list
WITH documents AS (
  SELECT position, CASE WHEN fields IS NULL THEN record::JSON
                        -- FHIR's XML holds values in attributes
                        ELSE regexp_replace(fields::VARCHAR, '\{"@value": ?("(?:[^"\\]|\\.)*")\}', '\1', 'g')::JSON END AS document
  FROM raw),
events AS (
  SELECT position, CASE WHEN (document->>'$.resourceType') = 'Bundle' THEN list_transform(from_json((document->'$.entry'), '["JSON"]'), lambda e: coalesce((e->'$.resource'), e))
                        WHEN (document->>'$.resource.resourceType') IS NOT NULL THEN [(document->'$.resource')] ELSE [document] END AS events
  FROM documents),
objects AS (
  SELECT position, list_filter(events, lambda e: json_type(e) = 'OBJECT') AS events FROM events),
one AS (
  SELECT position, len(events) > 1 AS several, unnest(CASE WHEN len(events) > 0 THEN events ELSE [NULL] END) AS event, unnest(range(greatest(len(events), 1))) AS number
  FROM objects),
lists AS (
  SELECT position, several, number, event, (event->>'$.id') AS id,
         [(event->>'$.occurredDateTime'), (event->>'$.occurredPeriod.start'), (event->>'$.period.start'), (event->>'$.recorded')] AS clocks,
         (event->>'$.action') AS act,
         coalesce((event->>'$.outcome.code.code'), (event->>'$.outcome.code.coding[0].code'), CASE WHEN json_type(event->'$.outcome') <> 'OBJECT' THEN (event->>'$.outcome') END) AS result,
         as_list(event->'$.agent') AS agents, as_list(event->'$.entity') AS entities,
         list_concat(list_concat(list_transform(as_list(event->'$.subtype'), lambda c: lower(c->>'$.code')), [lower(event->>'$.type.code')]),
                     list_concat(list_transform(as_list(event->'$.code.coding'), lambda c: lower(c->>'$.code')),
                                 flatten(list_transform(as_list(event->'$.category'), lambda c: list_transform(as_list(c->'$.coding'), lambda d: lower(d->>'$.code')))))) AS codes,
         (event->'$.patient') AS patient
  FROM one),
people AS (
  SELECT *, list_filter(agents, lambda a: (a->>'$.requestor') = 'true') AS requestors,
         list_filter(agents, lambda a: coalesce((a->>'$.type.coding[0].code'), (a->>'$.type.coding.code')) = 'humanuser') AS humans,
         list_transform(list_filter(entities, lambda e: (coalesce((e->>'$.role.code'), (e->>'$.role.coding[0].code'), (e->>'$.role.coding.code')) = '1') OR regexp_matches((e->>'$.what.reference'), '(^|/)Patient/[^/]+')
                          OR ((e->>'$.what.type') = 'Patient')), lambda e: (e->'$.what')) AS entity_patients,
         list_filter(entities, lambda e: NOT coalesce((coalesce((e->>'$.role.code'), (e->>'$.role.coding[0].code'), (e->>'$.role.coding.code')) = '1') OR regexp_matches((e->>'$.what.reference'), '(^|/)Patient/[^/]+')
                          OR ((e->>'$.what.type') = 'Patient') OR lower(coalesce((e->>'$.type.code'), '')) = 'xrequestid', false)) AS data
  FROM lists),
chosen AS (
  SELECT *, coalesce(list_filter(requestors, lambda a: regexp_matches((a->>'$.who.reference'), '(^|/)(Practitioner|PractitionerRole|Patient|RelatedPerson|Person)/'))[1],
                     list_filter(requestors, lambda a: NOT coalesce(regexp_matches((a->>'$.who.reference'), '(^|/)(Device|Organization)/'), false)
                                                       AND coalesce((a->>'$.type.coding[0].code'), (a->>'$.type.coding.code'), '') NOT IN ('110150', '110152', '110153'))[1],
                     requestors[1], CASE WHEN len(agents) = 1 AND coalesce((agents[1]->>'$.requestor'), 'true') = 'true' THEN agents[1] END,
                     CASE WHEN len(humans) = 1 THEN humans[1] END) AS actor,
         list_filter(agents, lambda a: coalesce((a->>'$.type.coding[0].code'), (a->>'$.type.coding.code')) = CASE WHEN act = 'R' THEN '110152' ELSE '110153' END)[1] AS client,
         CASE WHEN len(entity_patients) > 0 THEN entity_patients WHEN patient IS NOT NULL THEN [patient] ELSE [] END AS patients
  FROM people),
aimed AS (
  SELECT *, list_concat(list_transform(CASE WHEN len(data) > 0 THEN data WHEN len(patients) > 0 THEN [] ELSE [NULL] END, lambda d: {'data': d, 'patient': CASE WHEN len(patients) = 1 THEN patients[1] END}),
                        list_transform(CASE WHEN len(patients) > 1 OR len(data) = 0 THEN patients ELSE [] END, lambda p: {'data': NULL::JSON, 'patient': p})) AS targets,
         list_concat(flatten(list_transform(agents, lambda a: list_concat(as_list(a->'$.purposeOfUse'), as_list(a->'$.authorization')))),
                     list_concat(as_list(event->'$.purposeOfEvent'), as_list(event->'$.authorization'))) AS purposes
  FROM chosen),
parts AS (
  SELECT *, unnest(targets) AS target, unnest(range(len(targets))) AS spot FROM aimed),
read_out AS (
  SELECT position, several, number, spot, event, id, act, result, codes,
         -- one entry's bad time must not cost the bundle's others: it gets the time of receipt
         coalesce(list_filter(clocks, lambda c: CASE WHEN several THEN iso_zoned(c) >= TIMESTAMPTZ '1601-01-01' AND iso_zoned(c) < TIMESTAMPTZ '10000-01-01' ELSE regexp_matches(c, '\d\d:\d\d') END)[1],
                  CASE WHEN NOT several THEN list_filter(clocks, lambda c: c IS NOT NULL)[1] END) AS clock,
         coalesce((actor->>'$.who.identifier.value'), (actor->>'$.altId'), (actor->>'$.who.reference'), (actor->>'$.who.display'), (actor->>'$.name')) AS account,
         coalesce((actor->>'$.role[0].text'), (actor->>'$.role[0].coding[0].display'), (actor->>'$.role[0].coding[0].code'), (actor->>'$.role.text'), (actor->>'$.role.coding.display'), (actor->>'$.role.coding.code')) AS role,
         coalesce((actor->>'$.network.address'), (actor->>'$.networkString'), (actor->>'$.networkUri'), (client->>'$.network.address'), (client->>'$.networkString'), (client->>'$.networkUri')) AS network,
         list_transform(purposes, lambda p: coalesce((p->>'$.coding[0].code'), (p->>'$.coding.code'), (p->>'$.text'), (p->>'$.coding[0].display'))) AS purposes,
         target.data AS d, target.patient AS p
  FROM parts),
judged AS (
  SELECT *, CASE WHEN list_contains(purposes, 'BTG') OR list_contains(codes, '110127') THEN 'break_glass'
                 WHEN list_contains(codes, '110122') OR list_contains(codes, 'login') THEN 'login'
                 WHEN list_contains(codes, '110123') OR list_contains(codes, 'logout') THEN 'logout'
                 WHEN list_contains(codes, '110106') THEN 'export' WHEN list_contains(codes, '110107') THEN 'create'
                 WHEN list_has_any(codes, ['110129', '110131', '110128', '110135']) THEN 'config_change'
                 WHEN list_contains(codes, '110136') OR list_contains(codes, '110137') THEN 'account_change'
                 WHEN list_contains(codes, '110108') OR list_contains(codes, '110126') THEN 'connect'
                 WHEN list_has_any(codes, ['search', 'search-type', 'search-system', 'search-compartment', '110112']) THEN 'search'
                 WHEN list_contains(codes, 'disclosure') OR list_contains(codes, 'disclose') THEN 'share'
                 WHEN act IN ('C', 'R', 'U', 'D') THEN MAP {'C': 'create', 'R': 'read', 'U': 'update', 'D': 'delete'}[act]
                 WHEN list_has_any(codes, ['read', 'vread', 'history', 'history-instance', 'history-type', 'access']) THEN 'read'
                 WHEN list_contains(codes, 'create') OR list_contains(codes, 'originate') THEN 'create'
                 WHEN list_has_any(codes, ['update', 'patch', 'amend']) THEN 'update'
                 WHEN list_contains(codes, 'delete') OR list_contains(codes, '110105') OR list_contains(codes, 'destroy') THEN 'delete'
                 WHEN act = 'E' AND NOT list_has_any(codes, ['110120', '110121', '110114', 'capabilities']) THEN 'execute' ELSE 'other' END AS action,
         CASE WHEN result IN ('0', 'success') THEN 'success' WHEN result IN ('4', '8', '12', 'error', 'fatal') THEN 'failure' ELSE 'unknown' END AS outcome,
         coalesce((p->'$.identifier'), CASE WHEN (p->>'$.reference') IS NULL THEN p END) AS identifier,
         coalesce((d->>'$.what.reference'), CASE WHEN d IS NULL THEN (p->>'$.reference') END) AS reference
  FROM read_out),
numbered AS (
  SELECT * REPLACE (coalesce(nullif(regexp_extract(network, '^[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]+)', 1), ''), network) AS network),
         regexp_replace(lower(identifier->>'$.system'), '^urn:oid:', '') AS issuer, nullif(trim(identifier->>'$.value'), '') AS value,
         CASE WHEN (d->>'$.query') IS NOT NULL THEN TRY(decode(from_base64(d->>'$.query'))) END AS query
  FROM judged)
SELECT position, (row_number() OVER (PARTITION BY position ORDER BY number, spot) - 1)::INTEGER AS part,
       iso_zoned(clock)                                                         AS time,
       CASE WHEN regexp_matches(clock, '\d\d:\d\d') AND NOT regexp_matches(clock, '(Z|[+-]\d\d:?\d\d)$') THEN iso_local(clock) END AS local_time,
       clock                                                                    AS time_original,
       filled(id)                                                               AS source_event_id,
       who.name                                                                 AS actor_account,
       who.domain                                                               AS actor_domain,
       filled(role)                                                             AS actor_role,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN outcome = 'success' AND action NOT IN ('search', 'login', 'logout', 'connect', 'execute', 'other', 'break_glass') THEN 'content' ELSE 'possible' END AS proves,
       CASE WHEN action IN ('login', 'logout') THEN 3002 WHEN action = 'connect' THEN 4001 WHEN action = 'account_change' THEN 3007 ELSE 6001 END::INTEGER AS class_uid,
       nullif(array_to_string(list_sort(list_distinct(list_filter(purposes, lambda p: p <> ''))), ', '), '') AS purpose,
       coalesce(nullif(regexp_extract(reference, '(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.-]+(?:/_history/[^/]+)?$', 1), ''), (d->>'$.what.type'),
                CASE WHEN query IS NOT NULL THEN 'query' END, (d->>'$.type.display'), (d->>'$.type.coding[0].display'))       AS object_type,
       coalesce((d->>'$.what.identifier.value'), nullif(regexp_extract(reference, '(?:^|/)[A-Z][A-Za-z]+/([A-Za-z0-9.-]+)(?:/_history/[^/]+)?$', 1), ''),
                regexp_replace(reference, '^urn:(uuid|oid):', ''))                             AS object_id,
       coalesce(query, reference, (d->>'$.name'), (d->>'$.what.display'))                          AS object_path,
       value                                                                    AS subject,
       CASE WHEN value IS NOT NULL AND issuer NOT IN ('1.2.752.129.2.1.3.1', '1.2.752.129.2.1.3.3', 'http://electronichealth.se/identifier/personnummer',
                                                      'http://electronichealth.se/identifier/samordningsnummer') THEN issuer END AS subject_issuer,
       ip                                                                       AS src_ip,
       CASE WHEN ip IS NULL AND regexp_full_match(network, '[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9])?') AND regexp_matches(network, '[A-Za-z]') THEN network END AS src_host,
       event                                                                    AS details,
       CASE WHEN event IS NULL OR json_type(event) <> 'OBJECT' THEN 'json: not an object' END AS reject
FROM (SELECT *, account(account) AS who, address(network) AS ip FROM numbered)
