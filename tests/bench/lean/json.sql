-- Microsoft 365 audit records: seven fields.
SELECT position, timezone('UTC', try_cast(v.CreationTime AS TIMESTAMP)) AS time, v.Id AS source_event_id,
       v.UserId AS actor_account, v.ClientIP AS src_ip, v.ObjectId AS object_path, v.Workload AS object_type,
       CASE v.Operation WHEN 'FileAccessed' THEN 'read' WHEN 'FileModified' THEN 'update' WHEN 'FileDownloaded' THEN 'export'
                        WHEN 'FileUploaded' THEN 'create' ELSE 'other' END AS action,
       'success' AS outcome, 'content' AS proves
FROM (SELECT position, from_json(record, '{"CreationTime": "VARCHAR", "Id": "VARCHAR", "UserId": "VARCHAR", "Operation": "VARCHAR",
                                           "Workload": "VARCHAR", "ClientIP": "VARCHAR", "ObjectId": "VARCHAR"}') AS v FROM raw)
