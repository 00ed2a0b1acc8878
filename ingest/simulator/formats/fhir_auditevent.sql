-- format:   FHIR R4 AuditEvent, one resource a line, as a medication list's server stores them; UTC
-- verbs:    read, search, update
SELECT n,
       '{"resourceType":"AuditEvent","id":"' || md5('fhir' || n)::UUID::VARCHAR || '","type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest","display":"RESTful Operation"},"subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"'
       || MAP {'read': 'read', 'search': 'search-type', 'update': 'update'}[verb] || '"}],"action":"' || MAP {'read': 'R', 'search': 'E', 'update': 'U'}[verb]
       || '","recorded":"' || strftime(utc, '%Y-%m-%dT%H:%M:%S.%gZ') || '","outcome":"' || CASE WHEN ok THEN '0' ELSE '4' END
       || '","purposeOfEvent":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"TREAT"}]}],"agent":[{"type":{"coding":[{"system":"http://dicom.nema.org/resources/ontology/DCM","code":"110153","display":"Source Role ID"}]},"who":{"identifier":{"system":"urn:oid:1.2.752.29.4.19","value":"'
       || hsa || '"},"display":"' || name || '"},"requestor":true,"network":{"address":"' || ip || '","type":"2"}}],"source":{"observer":{"display":"Läkemedelslistan"}},"entity":[{"what":{"reference":"Patient/' || thing_id
       || '","identifier":{"system":"http://electronichealth.se/identifier/personnummer","value":"' || number || '"}},"type":{"system":"http://terminology.hl7.org/CodeSystem/audit-entity-type","code":"1","display":"Person"},"role":{"system":"http://terminology.hl7.org/CodeSystem/object-role","code":"1","display":"Patient"}}]}' AS line,
       hsa AS actor_account,
       verb AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       number AS subject,
       ip AS src_ip
FROM acts
