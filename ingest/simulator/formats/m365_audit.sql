-- format:   the unified audit log as the Office 365 Management Activity API gives it, one JSON object a line; UTC without suffix
-- verbs:    SharePoint's and Exchange's own operation names
WITH named AS (
  SELECT *, md5('m365' || n)::UUID::VARCHAR AS guid, md5('user' || who)::UUID::VARCHAR AS user_guid,
         verb IN ('MailItemsAccessed', 'Send', 'New-InboxRule') AS mail, 'https://aviken.sharepoint.example/' || thing_path AS url,
         strftime(utc, '%Y-%m-%dT%H:%M:%S') AS clock, '<' || md5('mail' || n) || '@mail.aviken.example>' AS message
  FROM acts)
SELECT n,
       CASE WHEN verb = 'New-InboxRule' THEN
         '{"CreationTime":"' || clock || '","Id":"' || guid || '","Operation":"New-InboxRule","OrganizationId":"5f0c8f0e-0000-4000-8000-00000000a7e1","RecordType":1,"ResultStatus":"True","UserKey":"'
         || upper(left(replace(user_guid, '-', ''), 16)) || '","UserType":2,"Version":1,"Workload":"Exchange","ClientIP":"' || ip || ':44312","ObjectId":"' || split_part(upn, '@', 1) || '\\Vidarebefordra","UserId":"' || upn
         || '","AppId":"","ClientAppId":"","ExternalAccess":false,"OrganizationName":"aviken.onmicrosoft.example","OriginatingServer":"AM0EX01 (15.20.0000.000)","Parameters":[{"Name":"AlwaysDeleteOutlookRulesBlob","Value":"False"},'
         || '{"Name":"Force","Value":"False"},{"Name":"Name","Value":"Vidarebefordra"},{"Name":"ForwardTo","Value":"' || extra || '"},{"Name":"DeleteMessage","Value":"True"}],"SessionId":""}'
       WHEN mail THEN
         '{"CreationTime":"' || clock || '","Id":"' || guid || '","Operation":"' || verb || '","OrganizationId":"5f0c8f0e-0000-4000-8000-00000000a7e1"'
         || ',"RecordType":' || CASE verb WHEN 'Send' THEN 2 ELSE 50 END || ',"ResultStatus":"Succeeded","UserKey":"' || upper(left(replace(user_guid, '-', ''), 16))
         || '","UserType":0,"Version":1,"Workload":"Exchange","UserId":"' || upn || '","ClientIPAddress":"' || ip
         || '","ClientInfoString":"Client=OutlookService;Outlook-iOS/2.0;","ExternalAccess":false,"InternalLogonType":0,"LogonType":0,"LogonUserSid":"' || sid
         || '","MailboxGuid":"' || user_guid || '","MailboxOwnerSid":"' || sid || '","MailboxOwnerUPN":"' || upn || '","OrganizationName":"aviken.onmicrosoft.example"'
         || CASE verb WHEN 'Send' THEN ',"Item":{"Id":"RgAAA' || upper(md5('item' || n)) || '","InternetMessageId":"' || message
                      || '","ParentFolder":{"Id":"LgAAA' || upper(left(user_guid, 8)) || '","Path":"\\Drafts"},"SizeInBytes":' || (2000 + r % 90000) || ',"Subject":"Möte"}}'
            ELSE ',"OperationProperties":[{"Name":"MailAccessType","Value":"Bind"},{"Name":"IsThrottled","Value":"False"}],"Folders":[{"FolderItems":[{"InternetMessageId":"' || message
                 || '","SizeInBytes":' || (2000 + r % 90000) || '}],"Id":"LgAAA' || upper(left(user_guid, 8)) || '","Path":"\\Inbox"}],"OperationCount":1}' END
       ELSE
         '{"CreationTime":"' || clock || '","Id":"' || guid || '","Operation":"' || verb || '","OrganizationId":"5f0c8f0e-0000-4000-8000-00000000a7e1"'
         || ',"RecordType":6,"UserKey":"i:0h.f|membership|' || left(replace(user_guid, '-', ''), 16) || '@live.com","UserType":0,"Version":1,"Workload":"SharePoint","ClientIP":"' || ip
         || '","UserId":"' || upn || '","AuthenticationType":"OAuth","BrowserName":"Edge","BrowserVersion":"133.0","CorrelationId":"' || md5('cor' || n)::UUID::VARCHAR
         || '","EventSource":"SharePoint","IsManagedDevice":true,"ItemType":"File","ListId":"' || md5('list' || split_part(thing_path, '/', 2))::UUID::VARCHAR
         || '","ListItemUniqueId":"' || md5('doc' || thing)::UUID::VARCHAR || '","Platform":"WinDesktop","Site":"' || md5('site' || split_part(thing_path, '/', 2))::UUID::VARCHAR
         || '","UserAgent":"' || agent || '","WebId":"' || md5('web' || split_part(thing_path, '/', 2))::UUID::VARCHAR || '","HighPriorityMediaProcessing":false,"SourceFileExtension":"'
         || split_part(split_part(thing_path, '/', 5), '.', 2) || '","SiteUrl":"https://aviken.sharepoint.example/sites/' || split_part(thing_path, '/', 2)
         || '/","SourceFileName":"' || split_part(thing_path, '/', 5) || '","SourceRelativeUrl":"Delade dokument/' || split_part(thing_path, '/', 4)
         || '","ObjectId":"' || url || '"}' END AS line,
       upn AS actor_account,
       MAP {'FileAccessed': 'read', 'FilePreviewed': 'read', 'FileModified': 'update', 'FileDownloaded': 'export', 'FileUploaded': 'create', 'FileDeleted': 'delete',
            'MailItemsAccessed': 'read', 'Send': 'create', 'New-InboxRule': 'config_change'}[verb] AS action,
       CASE WHEN mail THEN 'success' ELSE 'unknown' END AS outcome,
       CASE verb WHEN 'Send' THEN upn || '\Drafts' WHEN 'MailItemsAccessed' THEN upn || '\Inbox' WHEN 'New-InboxRule' THEN NULL ELSE url END AS object_path,
       CASE WHEN verb = 'New-InboxRule' THEN NULL WHEN mail THEN message ELSE md5('doc' || thing)::UUID::VARCHAR END AS object_id,
       CASE WHEN verb = 'New-InboxRule' THEN NULL WHEN mail THEN 'message' ELSE 'file' END AS object_type,
       'content' AS proves,
       ip AS src_ip
FROM named
