-- format:   RIV-TA informationsecurity:auditing:log 2.0, StoreLog: log elements as the national log service takes them; local time
-- verbs:    Läsa, Utskrift, Signera (the service contract's own words)
SELECT n,
       '<log xmlns="urn:riv:informationsecurity:auditing:log:2"><logId>' || md5('riv' || n)::UUID::VARCHAR || '</logId><system><systemId>SE9999990000-NPO</systemId><systemName>Nationell patientöversikt</systemName></system>'
       || '<activity><activityType>' || verb || '</activityType><activityLevel>Journal</activityLevel><startDate>' || strftime(local, '%Y-%m-%dT%H:%M:%S')
       || '</startDate><purpose>Vård och behandling</purpose></activity><user><userId>' || hsa || '</userId><name>' || name || '</name><assignment>Vårdmedarbetaruppdrag ' || unit_name || '</assignment><title>' || role
       || '</title><careProvider><careProviderId>SE9999990000-VG</careProviderId><careProviderName>Åvikens kommun</careProviderName></careProvider><careUnit><careUnitId>SE9999990000-' || unit_code
       || '</careUnitId><careUnitName>' || unit_name || '</careUnitName></careUnit></user><resources><resource><resourceType>Journal</resourceType><patient><patientId><root>1.2.752.129.2.1.3.1</root><extension>' || number
       || '</extension></patientId><patientName>' || given || ' ' || family || '</patientName></patient><careProvider><careProviderId>SE9999990000-VG</careProviderId><careProviderName>Åvikens kommun</careProviderName></careProvider>'
       || '<careUnit><careUnitId>SE9999990000-' || unit_code || '</careUnitId><careUnitName>' || unit_name || '</careUnitName></careUnit></resource></resources></log>' AS line,
       hsa AS actor_account,
       MAP {'Läsa': 'read', 'Utskrift': 'print', 'Signera': 'sign'}[verb] AS action,
       'unknown' AS outcome,
       number AS subject,
       'SE9999990000-' || unit_code AS actor_unit,
       role AS actor_role,
       'content' AS proves,
       'Journal' AS object_type,
       'Vård och behandling' AS purpose
FROM acts
