-- mapping:  m365_audit
-- reads:    Microsoft 365's unified audit log, one act a record: the Office 365 Management Activity API's JSON; Purview's CSV (today's
--           columns, the older ones with UserIds and Operations, PowerShell's Export-Csv with its #TYPE line) and JSON exports, whose AuditData is text or an object;
--           Graph's auditLogRecord; Sentinel's OfficeActivity rows; Defender's CloudAppEvents (RawEventData); and the same within
--           Filebeat's, Splunk's, Event Hub's and syslog's wraps.
-- source:   Microsoft, "Office 365 Management Activity API schema" (2024-03-20) and its Copilot schema; "Audit log activities" for the names of
--           operations; "Use MailItemsAccessed to investigate"; Azure Monitor reference, table OfficeActivity
-- decoders: json_array, ndjson, csv, lines
-- proved:   from documentation
--           time: CreationTime, common schema ("date and time in UTC"): without a suffix it is UTC
--           actor_account: UserId, common schema; Actor (type 5, UPN), Azure Active Directory schema, where UserId says nobody
--           src_ip, src_port: ClientIP, common schema; ClientIPAddress, Exchange mailbox schema; ActorIpAddress, Azure Active Directory schema
--           outcome: ResultStatus, common schema and Exchange OperationResult; UserLoginFailed, LogonError, Azure AD STS logon schema
--           object_*: ObjectId, SharePoint base and file schemas; Item, Folders, AffectedItems, ExchangeItem and ExchangeFolder; CopilotEventData
--           target_*: TargetUserOrGroupName, SharePoint sharing schema; Target, Azure Active Directory schema; Members, Teams schema; Parameters, Exchange admin schema
--           changes: ModifiedProperties, Parameters, common and Exchange admin schema; SourceFileName and DestinationFileName, SharePoint file schema
--           session: AppAccessContext.AADSessionId, DeviceProperties SessionId, Azure AD STS logon schema; SessionId, Exchange mailbox schema
-- traps:    UserLoginFailed carries ResultStatus Success (the request was answered): the operation decides.
--           A mailbox sync names folders, not messages: it proves 'possible'. Only messages that the record names become rows.
--           SharePoint's records have no word about the result: outcome stays unknown though the act is content.
--           A Purview export of exactly 50,000 rows was cut there: what follows is missing without a sign.
--           UserKey is a PUID or "Not Available"; it names the actor only where it is an address and UserId is missing.
--           An AuditData cell that a spreadsheet cut (32,767 characters) is no JSON: the other columns still make the event.
-- cut:      50000 csv, json_array
-- strict:   what begins with { and isn't JSON ends the statement, and only then each record is checked
-- params:   none
WITH words AS (
  SELECT unnest(regexp_split_to_array(list, '\s+')) AS word, action FROM (VALUES
  ('read', 'aiappinteraction attachmentaccess chatretrieved clientviewsignaled communicationcompliancereviewed connectedaiappinteraction
    copilotinteraction fileaccessed fileaccessedextended filefetched filepreviewed fileread fileviewed fileviewedexternally
    getworkspaces listitemviewed mailitemsaccessed messagebind messagehostedcontentread messageread notebookopened pageopened
    pageprefetched pageviewed pageviewedextended planread portfoliodataaccessed previewitemrendered projectaccessed
    pwasettingsaccessed reportingaccessed resourceaccessed searchpreviewed sectionopened sensitivitylabeledfileopened
    streaminvokechannelview streaminvokegroupview streaminvokevideoview taskread tasksread taskstatusaccessed timesheetaccessed
    viewdashboard viewdataset viewedsearchpreviewed viewform viewmetadata viewreport viewresponse viewresponses viewruntimeform
    viewsway viewtile viewusagemetrics'),
  ('search', 'auditsearchcompleted auditsearchcreated casesearched caseviewed datainsightsadminsearch ediscoverysearchperformed folderbind
    getgroupsasadmin getrefreshhistory listforms listviewed messagehostedcontentslisted messageslisted planlistread searchcreated
    searchqueryinitiated searchqueryinitiatedexchange searchqueryinitiatedsharepoint searchqueryinitiatedteams searchqueryperformed
    searchquerystarted search searchstarted searchstatisticsstarted searchupdated searchviewed streaminvokevideolist tasklistread
    taskslisted viewforms'),
  ('export', 'auditsearchexportjobcompleted auditsearchexportjobcreated casedownloaded dataexport downloaddataset downloadform downloadreport
    exportactivityevents exportartifact exportdataflow exportdataset exportform exportitemdownloaded exportreport exportresponses
    exporttile filecopiedtonetworkshare filecopiedtoremotedesktop filecopiedtoremotedesktopsession filecopiedtoremovablemedia
    filedownloaded filesyncdownloadedfull filesyncdownloadedpartial filetransferredbybluetooth fileuploadedtocloud messagesexported
    previewitemdownloaded searchexportdownloaded searchexported searchresultexported searchresultsexported streaminvokevideodownload
    viewedsearchexported'),
  ('print', 'dlpfileprinted fileprinted printdashboard printedfile printreport'),
  ('create', 'archivecreated bookingcreated caseadded casecreated channeladded chatcreated create createapp createcomment createcontainer
    createdashboard createdataflow createdataset createflow createfolder createform creategroup createreport createresponse
    createsway createworkspace filecreated filecreatedonnetworkshare filecreatedonremovablemedia filesyncuploadedfull
    filesyncuploadedpartial fileuploaded fileuploadedpartial foldercreated groupadded groupcreation importdataset listcolumncreated
    listcontenttypecreated listcreated listitemcreated messagecreated messagecreatedhaslink messagecreation messagesent
    newsfeedcreated pagecreated plancreated postdataset projectcreated resourcecreated send sendas sendonbehalf
    sitecollectioncreated sitecolumncreated sitecontenttypecreated sitecreated streaminvokevideoupload submitresponse subsitecreated
    swaycreated taskcreated teamcreated threadcreated userpost'),
  ('update', 'applyrecordlabel caseupdated channelrenamed chatupdated editdashboard editdataflow editdataset editform editreport editsway
    filecheckedin filecheckedout filecheckoutdiscarded filelabelapplied filemodified filemodifiedextended filemoved filerenamed
    filerestored filerestoredfromversion filesensitivitylabelapplied filesensitivitylabelchanged filesensitivitylabelremoved
    foldermodified foldermoved folderrenamed folderrestored listcolumnupdated listcontenttypeupdated listitemrestored
    listitemupdated listupdated lockrecord messageedited messageeditedhaslink messageupdated move pagemodified pageupdated
    planmodified portfoliodatamodified projectcheckedin projectcheckedout projectmodified projectpublished reactedtomessage
    recordlabelapplied recordrestored refreshdataset renamedashboard renamereport renamesway resourcemodified
    sensitivitylabelapplied sensitivitylabelchanged sensitivitylabeledfilerenamed sensitivitylabelremoved sensitivitylabelupdated
    setdatasetparameters siterenamed sitesensitivitylabelapplied sitesensitivitylabelchanged sitesensitivitylabelremoved
    takeoverdataset taskassigned taskcompleted taskmodified taskstatussaved taskstatussubmitted teamrenamed timesheetsaved
    timesheetsubmitted unlockrecord update updateform updateresponse'),
  ('delete', 'casedeleted caseremoved channeldeleted chatdeleted compliancerecorddelete deleteallresponses deleteapp deletecomment
    deletedashboard deletedataflow deletedataset deleteflow deletefolder deleteform deletegroup deletereport deleteresponse
    deleteresponses deletesway deleteworkspace entitydeleted filedelete filedeleted filedeletedfirststagerecyclebin
    filedeletedsecondstagerecyclebin filerecycled fileversiondeleted fileversionrecycled fileversionsalldeleted
    fileversionsallminorsrecycled fileversionsallrecycled folderdeleted folderdeletedfirststagerecyclebin
    folderdeletedsecondstagerecyclebin folderrecycled groupdeletion groupremoved harddelete listcolumndeleted listcontenttypedeleted
    listdeleted listitemdeleted listitemrecycled messagedeleted movetodeleteditems pagedeleted permanentlydeleted plandeleted
    projectdeleted recorddelete removedsearch resourcedeleted resourceredacted searchremoved sitecollectiondeleted
    sitecontenttypedeleted sitedeleted softdelete streaminvokevideodelete swaydeleted taskdeleted teamdeleted'),
  ('copy', 'copy copyform copyreport duplicatesway filecopied filecopiedtoclipboard foldercopied pasted pastedtobrowser plancopied
    taskcopied'),
  ('share', 'addedtosecurelink addedtosharinglink allowanonymousresponse anonymouslinkcreated anonymouslinkupdated anonymouslinkused
    companylinkcreated companylinkused createsharinglink enableanonymousaccess enablesamecoworkerscollaboration
    enableworkorschoolcollaboration generatesummarylink insightsshared publishtoweb publishtowebreport securelinkcreated
    securelinkupdated securelinkused sendteaminvite shareapp shareartifact sharedashboard sharedataset sharedlinkcreated shareform
    sharereport sharesway sharewithteaminvitesent sharinginvitationaccepted sharinginvitationblocked sharinginvitationcreated
    sharinginvitationupdated sharingset'),
  ('login', 'foreignrealmindexlogoncookiecopyusingdatoken foreignrealmindexlogoninitialauthusingadfsfederatedtoken mailboxlogin
    passwordlogoncookiecopyusingdatoken passwordlogoninitialauthusingadfsfederatedtoken passwordlogoninitialauthusingpassword
    signinevent teamssessionstarted userloggedin userloggedon userloginfailed'),
  ('logout', 'signoutevent teamsusersignedout userloggedoff userloggedout'),
  ('grant', 'accessrequestaccepted accessrequestapproved adddatasetpermission addedtogroup addedtosite addfolderpermissions addgroupmembers
    addmailboxpermissions addmembertorolegroup addtogroup addworkspaceaccess caseadminadded casememberadded channelmemberadded
    channelowneradded delegateadded groupmemberadded memberadded memberaddedtogroup memberrolechanged modifyfolderpermissions
    permissionleveladded permissionlevelmodified roleadded rolegroupmemberadded sitecollectionadminadded updatecalendardelegation
    updatefolderpermissions useraddedtogroup userjoined'),
  ('revoke', 'anonymouslinkremoved caseadminremoved casememberremoved companylinkremoved delegateremoved deletesharinglink
    disableanonymousaccess disallowanonymousresponse groupmemberremoved memberremoved permissionlevelremoved
    permissionlevelsinheritanceremoved removedfromgroup removedfromsecurelink removedfromsharinglink removedfromsitecollection
    removefolderpermissions removemailboxpermissions removeworkspaceaccess rolegroupmemberremoved securelinkdeleted
    sharedlinkdisabled sharinginvitationrevoked sharinglinkdeleted sharingrevoked sitecollectionadminremoved unpublishtoweb
    userremovedfromgroup'),
  ('account_create', 'networkuseradded'),
  ('account_change', 'networkusersuspended usersuspension userunsuspension'),
  ('account_delete', 'networkuserdeleted softdeleteuser'),
  ('config_change', 'addgatewaydatasource allowsfilesync appdeletedfromcatalog appinstalled apppublishedtocatalog appsdeletedfromcatalog
    appspublishedtocatalog appsupdatedincatalog appuninstalled appupdatedincatalog appupgraded auditpolicyremove auditpolicyupdate
    azurestreamingenabledset botaddedtoteam botremovedfromteam changecapacitystate changegatewaydatasourceusers
    channelsettingchanged collaborationtypemodified compliancesettingchanged connectedsitesettingmodified connectoradded
    connectorremoved connectorupdated createssoapplication customizeexemptusers datasetscheduledrefresh
    defaultlanguagechangedintermstore deletessoapplication deviceaccesspolicychanged devicepolicychanged ediscoveryholdapplied
    ediscoveryholdremoved editcontentproviderproperties exemptuseragentset groupprivacychanged groupupdated holdcreated holdremoved
    holdupdated hubsitejoined hubsiteregistered hubsiteunjoined hubsiteunregistered installapp languageaddedtotermstore
    languageremovedfromtermstore legacyworkflowenabledset listformcollaborators lookandfeelmodified managedsyncclientallowed
    maxquotamodified maxresourceusagemodified mysitepublicenabledset networkaccesspolicychanged networkconfigurationupdated
    networksecurityconfigurationupdated newsfeedenabledset odbnextuxsettings officeondemandset organizationsettingchanged
    peopleresultsscopeset permissionsyncsettingmodified permissiontemplatemodified previewmodeenabledset processprofilefields
    pwasettingsmodified quotawarningenabledmodified renderingenabled reportingsettingmodified resourcewarningenabledmodified
    retentionpolicyapplied scheduledrefreshcreated scheduledrefreshupdated searchcenterurlset secondarymysiteownerset
    securitycategorymodified securitygroupmodified sendtoconnectionadded sendtoconnectionremoved sensitivitylabelpolicymatched
    setscheduledrefresh sharinginheritancebroken sharinginheritancereset sharingpolicychanged sharingsettingsmodified
    sitecollectionadminchangerequest sitecollectionquotamodified sitepermissionsmodified softdeletesettingsupdated
    ssogroupcredentialsset ssousercredentialsset storagequotamodified subscribedtomessages supervisoradminoverridechanged
    supervisoradmintoggled tabadded tabremoved tabupdated teamsettingchanged teamstenantsettingchanged unmanagedsyncclientallowed
    updateadmintenantsettings updateappinstance updatedadminfeatureswitch updateformsetting updategrouppolicy updateinboxrules
    updatemailboxpermissions updatesettings updatessoapplication webhookadded webhookremoved webhookupdated
    webmemberscansharemodified webmembersgroupallowedtoshare webrequestaccessmodified workflowmodified'),
  ('execute', 'analyzeinexcel invokedvirtualcopilot launchpowerapp processrun runartifact runemailsubscription runflow'),
  ('connect', 'meetingparticipantdetail signalrconnection syncgetchanges')
  ) AS lists(action, list)),
results AS (
  SELECT unnest(str_split(list, ' ')) AS result, verdict FROM (VALUES
    ('success', 'succeeded success true successful completed partiallysucceeded partialsuccess ok 0'),
    ('failure', 'failed failure false fail logonfailed error denied accessdenied blocked unauthorized timeout usererror systemerror cancelled canceled')
  ) AS lists(verdict, list)),
objects AS (
  SELECT position, json_objects(record, fields, context.decoder) AS members FROM raw),
members AS (
  SELECT position, unnest(members) AS text, generate_subscripts(members, 1) AS member, len(members) AS members,
         CASE WHEN len(members) > 1 THEN list_transform(members, lambda x: greatest(1, CASE
                WHEN len(json_extract(x, '$.AffectedItems[*]')) > 0 THEN len(json_extract(x, '$.AffectedItems[*]'))
                WHEN len(json_extract(x, '$.Folders[*]')) > 0
                THEN list_sum(list_transform(json_extract(x, '$.Folders[*]'), lambda f: greatest(1, len(json_extract(f, '$.FolderItems[*]')))))
                ELSE len(json_extract(x, '$.CopilotEventData.AccessedResources[*]')) + len(json_extract(x, '$.Members[*]'))
                     + len(json_extract(x, '$.Messages[*]')) END)) END AS counts
  FROM objects),
first AS (
  SELECT *, from_json(text, '{"Id":"VARCHAR","CreationTime":"VARCHAR","Operation":"VARCHAR","RecordType":"VARCHAR","ResultStatus":"VARCHAR",
    "UserId":"VARCHAR","UserKey":"VARCHAR","Workload":"VARCHAR","ObjectId":"VARCHAR","ClientIP":"VARCHAR","ClientIPAddress":"VARCHAR",
    "ActorIpAddress":"VARCHAR","UserAgent":"VARCHAR","ClientInfoString":"VARCHAR","ItemType":"VARCHAR","ListItemUniqueId":"VARCHAR",
    "SiteUrl":"VARCHAR","SourceRelativeUrl":"VARCHAR","SourceFileName":"VARCHAR","DestinationFileName":"VARCHAR","DestinationRelativeUrl":"VARCHAR",
    "TargetUserOrGroupName":"VARCHAR","TargetUserOrGroupType":"VARCHAR","UserSharedWith":"VARCHAR","EventData":"VARCHAR",
    "MailboxOwnerUPN":"VARCHAR","ClientMachineName":"VARCHAR","SendAsUserSmtp":"VARCHAR","SendOnBehalfOfUserSmtp":"VARCHAR","SessionId":"VARCHAR",
    "LogonError":"VARCHAR","AppAccessContext":{"AADSessionId":"VARCHAR"},"DeviceProperties":"VARCHAR","ExtendedProperties":"VARCHAR",
    "ModifiedProperties":"VARCHAR","Parameters":"VARCHAR","OperationProperties":"VARCHAR","Actor":"VARCHAR","Target":"VARCHAR",
    "Folders":"VARCHAR","Folder":"VARCHAR","AffectedItems":"VARCHAR","Item":"VARCHAR","Members":"VARCHAR","Messages":"VARCHAR","CopilotEventData":"VARCHAR",
    "TeamName":"VARCHAR","TeamGuid":"VARCHAR","ChannelName":"VARCHAR","ChannelGuid":"VARCHAR","MessageId":"VARCHAR","ChatThreadId":"VARCHAR",
    "Name":"VARCHAR","OldValue":"VARCHAR","NewValue":"VARCHAR","DeviceName":"VARCHAR","MachineId":"VARCHAR","ReportId":"VARCHAR","ReportName":"VARCHAR",
    "ItemName":"VARCHAR","TargetUserId":"VARCHAR","Justification":"VARCHAR","IsSuccess":"VARCHAR","SensitivityLabelEventData":"VARCHAR","AuditData":"VARCHAR"}') AS p
  FROM members),
plain AS (
  SELECT *, p.Operation IS NOT NULL AND p.CreationTime IS NOT NULL AND p.AuditData IS NULL AS direct FROM first),
-- What stands within a wrap. Only records that need it are read again.
wrapped AS (
  SELECT *, CASE WHEN NOT direct THEN list_filter(list_transform(json_extract_string(text, ['$.AuditData', '$.auditData', '$.RawEventData', '$.properties.RawEventData',
      '$.event.original', '$."event.original"', '$.o365audit', '$.o365.audit', '$.result._raw', '$.result', '$.event', '$._source.message', '$._source', '$._raw', '$.message', '$.Message', '$.properties',
      '$.body', '$.data.office365', '$.data', '$.log', '$.json']),
      -- A spreadsheet's detour can encode AuditData once more: text within text.
      lambda x: CASE WHEN x LIKE '"{%' AND json_valid(x) THEN json_extract_string(x, '$') ELSE x END), lambda x: x LIKE '%{%' AND json_valid(json_object_in(x)) AND regexp_matches(x, '"(Operation|AuditData|audit|original)"'))[1] END AS outer_text
  FROM plain),
nested AS (
  SELECT *, CASE WHEN direct THEN NULL
                 WHEN outer_text IS NULL THEN CASE WHEN contains(text, '"o365.audit.') THEN replace(text, '"o365.audit.', '"') END
                 ELSE coalesce(list_filter(json_extract_string(json_object_in(outer_text), ['$.AuditData', '$.event.original', '$."event.original"', '$.o365.audit', '$.o365audit', '$._raw', '$.message']),
      lambda x: x LIKE '{%' AND json_valid(x) AND contains(x, '"Operation"'))[1], json_object_in(outer_text)) END AS inner_text
  FROM wrapped),
second AS (
  SELECT *,
         CASE WHEN direct THEN p ELSE from_json(coalesce(inner_text, text), '{"Id":"VARCHAR","CreationTime":"VARCHAR","Operation":"VARCHAR","RecordType":"VARCHAR","ResultStatus":"VARCHAR",
    "UserId":"VARCHAR","UserKey":"VARCHAR","Workload":"VARCHAR","ObjectId":"VARCHAR","ClientIP":"VARCHAR","ClientIPAddress":"VARCHAR",
    "ActorIpAddress":"VARCHAR","UserAgent":"VARCHAR","ClientInfoString":"VARCHAR","ItemType":"VARCHAR","ListItemUniqueId":"VARCHAR",
    "SiteUrl":"VARCHAR","SourceRelativeUrl":"VARCHAR","SourceFileName":"VARCHAR","DestinationFileName":"VARCHAR","DestinationRelativeUrl":"VARCHAR",
    "TargetUserOrGroupName":"VARCHAR","TargetUserOrGroupType":"VARCHAR","UserSharedWith":"VARCHAR","EventData":"VARCHAR",
    "MailboxOwnerUPN":"VARCHAR","ClientMachineName":"VARCHAR","SendAsUserSmtp":"VARCHAR","SendOnBehalfOfUserSmtp":"VARCHAR","SessionId":"VARCHAR",
    "LogonError":"VARCHAR","AppAccessContext":{"AADSessionId":"VARCHAR"},"DeviceProperties":"VARCHAR","ExtendedProperties":"VARCHAR",
    "ModifiedProperties":"VARCHAR","Parameters":"VARCHAR","OperationProperties":"VARCHAR","Actor":"VARCHAR","Target":"VARCHAR",
    "Folders":"VARCHAR","Folder":"VARCHAR","AffectedItems":"VARCHAR","Item":"VARCHAR","Members":"VARCHAR","Messages":"VARCHAR","CopilotEventData":"VARCHAR",
    "TeamName":"VARCHAR","TeamGuid":"VARCHAR","ChannelName":"VARCHAR","ChannelGuid":"VARCHAR","MessageId":"VARCHAR","ChatThreadId":"VARCHAR",
    "Name":"VARCHAR","OldValue":"VARCHAR","NewValue":"VARCHAR","DeviceName":"VARCHAR","MachineId":"VARCHAR","ReportId":"VARCHAR","ReportName":"VARCHAR",
    "ItemName":"VARCHAR","TargetUserId":"VARCHAR","Justification":"VARCHAR","IsSuccess":"VARCHAR","SensitivityLabelEventData":"VARCHAR","AuditData":"VARCHAR"}') END AS a,
         -- The same things under the names of exports, tables and forwarders.
         CASE WHEN NOT direct THEN from_json(text, '{"RecordId":"VARCHAR","Identity":"VARCHAR","id":"VARCHAR","OfficeId":"VARCHAR","SourceRecordId":"VARCHAR",
    "CreationDate":"VARCHAR","createdDateTime":"VARCHAR","TimeGenerated":"VARCHAR","TimeGenerated [UTC]":"VARCHAR","@timestamp":"VARCHAR","Timestamp":"VARCHAR","timestamp_":"VARCHAR",
    "Operations":"VARCHAR","operation":"VARCHAR","ActionType":"VARCHAR","UserIds":"VARCHAR","userPrincipalName":"VARCHAR","userId":"VARCHAR","clientIp":"VARCHAR",
    "Client_IPAddress":"VARCHAR","OfficeObjectId":"VARCHAR","objectId":"VARCHAR","OfficeWorkload":"VARCHAR","service":"VARCHAR","Site_Url":"VARCHAR","Event_Data":"VARCHAR",
    "IPAddress":"VARCHAR","AccountId":"VARCHAR","AADTarget":"VARCHAR","event":{"action":"VARCHAR","outcome":"VARCHAR","id":"VARCHAR"},"user":{"id":"VARCHAR"},
    "client":{"ip":"VARCHAR"},"source":{"ip":"VARCHAR"}}') END AS f
  FROM nested),
-- Lists of things: each becomes a row. `item` is the thing, `folder` where it lies, `own` the record's list with this thing alone.
listed AS (
  SELECT *, CASE
      WHEN a.AffectedItems LIKE '[%{%' THEN list_transform(TRY(json_extract(a.AffectedItems, '$[*]')), lambda i:
        {'kind': 'message', 'item': i::VARCHAR, 'folder': NULL::VARCHAR, 'own': json_object('AffectedItems', [i])::VARCHAR})
      WHEN a.Folders LIKE '[%{%' THEN flatten(list_transform(TRY(json_extract(a.Folders, '$[*]')), lambda f:
        CASE WHEN len(json_extract(f, '$.FolderItems[*]')) > 0
             THEN flatten(list_transform([json_merge_patch(f, '{"FolderItems":null}')], lambda rest: list_transform(json_extract(f, '$.FolderItems[*]'), lambda i:
               {'kind': 'message', 'item': i::VARCHAR, 'folder': rest ->> '$.Path',
                'own': json_object('Folders', [json_merge_patch(rest, json_object('FolderItems', [i]))])::VARCHAR})))
             ELSE [{'kind': 'folder', 'item': f::VARCHAR, 'folder': f ->> '$.Path', 'own': json_object('Folders', [f])::VARCHAR}] END))
      WHEN a.CopilotEventData LIKE '%"AccessedResources"%{%' THEN list_transform(TRY(json_extract(a.CopilotEventData, '$.AccessedResources[*]')), lambda i:
        {'kind': 'resource', 'item': i::VARCHAR, 'folder': NULL::VARCHAR, 'own': json_object('CopilotEventData', json_object('AccessedResources', [i]))::VARCHAR})
      WHEN a.Members LIKE '[%{%' THEN list_transform(TRY(json_extract(a.Members, '$[*]')), lambda i:
        {'kind': 'member', 'item': i::VARCHAR, 'folder': NULL::VARCHAR, 'own': json_object('Members', [i])::VARCHAR})
      WHEN a.Messages LIKE '[%{%' THEN list_transform(TRY(json_extract(a.Messages, '$[*]')), lambda i:
        {'kind': 'chat message', 'item': i::VARCHAR, 'folder': NULL::VARCHAR, 'own': json_object('Messages', [i])::VARCHAR}) END AS things
  FROM second),
shared AS (
  SELECT *, CASE WHEN direct THEN text
                 WHEN inner_text IS NULL THEN text
                 -- An export's own columns stand beside the act's fields; where both have a name, the act's is kept.
                 WHEN p.AuditData IS NOT NULL OR f.createdDateTime IS NOT NULL
                 THEN json_merge_patch(json_merge_patch(text, '{"AuditData":null,"auditData":null}'), inner_text)::VARCHAR
                 ELSE inner_text END AS whole
  FROM listed),
each AS (
  SELECT * EXCLUDE (things, whole), unnest(CASE WHEN len(things) > 0 THEN things ELSE [NULL] END) AS thing,
         generate_subscripts(CASE WHEN len(things) > 0 THEN things ELSE [NULL] END, 1) AS number,
         len(things) AS things,
         CASE WHEN len(things) > 1
              THEN json_merge_patch(whole, CASE things[1].kind WHEN 'message' THEN '{"AffectedItems":null,"Folders":null}' WHEN 'folder' THEN '{"Folders":null}'
                                                WHEN 'resource' THEN '{"CopilotEventData":{"AccessedResources":null}}'
                                                WHEN 'member' THEN '{"Members":null}' ELSE '{"Messages":null}' END)::VARCHAR
              ELSE whole END AS whole
  FROM shared),
named AS (
  SELECT *,
         trim(coalesce(a.CreationTime, f.CreationDate, f.createdDateTime, f."TimeGenerated [UTC]", f.TimeGenerated, f."Timestamp", f."@timestamp")) AS clock,
         coalesce(a.Operation, f.operation, f.ActionType, f.event.action, CASE WHEN NOT contains(f.Operations, ',') THEN f.Operations END) AS operation,
         coalesce(a.Workload, f.OfficeWorkload, f.service) AS workload,
         coalesce(a.UserId, f.userPrincipalName, f.userId, f.UserIds, f.user.id, f.AccountId) AS user_id,
         trim(coalesce(nullif(a.ClientIP, ''), nullif(a.ClientIPAddress, ''), nullif(a.ActorIpAddress, ''), f.clientIp, f.Client_IPAddress, f.client.ip, f.source.ip, f.IPAddress), ' <>') AS ip,
         coalesce(a.ObjectId, f.OfficeObjectId, f.objectId) AS object,
         TRY(from_json(CASE WHEN a.Parameters LIKE '[%' THEN a.Parameters END, '[{"Name":"VARCHAR","Value":"VARCHAR"}]')) AS parameters,
         TRY(from_json(CASE WHEN a.ExtendedProperties LIKE '[%' THEN a.ExtendedProperties END, '[{"Name":"VARCHAR","Value":"VARCHAR"}]')) AS extended,
         TRY(from_json(CASE WHEN a.DeviceProperties LIKE '[%' THEN a.DeviceProperties END, '[{"Name":"VARCHAR","Value":"VARCHAR"}]')) AS device_properties,
         TRY(from_json(CASE WHEN a.ModifiedProperties LIKE '[%{%' THEN a.ModifiedProperties END, '[{"Name":"VARCHAR","OldValue":"VARCHAR","NewValue":"VARCHAR"}]')) AS modified,
         TRY(from_json(CASE WHEN a.ModifiedProperties LIKE '["%' THEN a.ModifiedProperties END, '["VARCHAR"]')) AS modified_names,
         TRY(from_json(CASE WHEN a.Actor LIKE '[%' THEN a.Actor END, '[{"ID":"VARCHAR","Type":"VARCHAR"}]')) AS actors,
         TRY(from_json(CASE WHEN coalesce(a.Target, f.AADTarget) LIKE '[%' THEN coalesce(a.Target, f.AADTarget) END, '[{"ID":"VARCHAR","Type":"VARCHAR"}]')) AS targets,
         TRY(from_json(CASE WHEN thing.kind IN ('message', 'folder') THEN thing.item WHEN a.Item LIKE '{%' THEN a.Item END,
                       '{"Id":"VARCHAR","InternetMessageId":"VARCHAR","ParentFolder":{"Path":"VARCHAR"}}')) AS message,
         CASE WHEN thing.kind IN ('resource', 'member', 'chat message') THEN thing.item END AS other
  FROM each),
worded AS (
  SELECT *, rtrim(lower(trim(operation)), '. ') AS word,
         -- 5 is a UPN; -2, 1 and the like are words for kinds and names.
         list_filter(targets, lambda t: t.Type IN ('5', 'UPN'))[1].ID AS target_upn,
         list_filter(targets, lambda t: t.Type IN ('1', 'Name'))[1].ID AS target_name,
         list_filter(modified, lambda m: m.Name IN ('Role.DisplayName', 'Group.DisplayName'))[1] AS given,
         CASE WHEN regexp_full_match(user_id, '(?i)(unknown|not available|n/a|null|anonymous|<null>|0{8}-0{4}-0{4}-0{4}-0{12}|)')
              THEN list_filter(actors, lambda t: t.Type IN ('5', 'UPN') AND contains(t.ID, '@'))[1].ID
              WHEN user_id IS NULL THEN CASE WHEN regexp_full_match(a.UserKey, '[^@|\s]+@[^@|\s]+') THEN a.UserKey END
              ELSE user_id END AS user_name
  FROM named),
acted AS (
  SELECT w.*,
         CASE WHEN w.word = 'copilotinteraction' AND w.thing IS NULL THEN 'other'
              WHEN v.action IS NOT NULL THEN v.action
              WHEN w.word IS NULL THEN 'other'
              WHEN regexp_full_match(w.word, '[a-z]+-[a-z0-9]+') THEN CASE
                WHEN w.word = 'set-adminauditlogconfig'
                     AND len(list_filter(w.parameters, lambda x: x.Name = 'UnifiedAuditLogIngestionEnabled' AND lower(x.Value) IN ('false', '$false', '0'))) > 0 THEN 'log_clear'
                WHEN regexp_full_match(w.word, '(add|new|set|enable|update)-.*(permission|rolegroupmember|managementroleassignment|distributiongroupmember|unifiedgrouplinks|securityprincipal|casemember|caseadmin|roleassignment|groupmember|teamuser|spouser|spositegroupuser)s?') THEN 'grant'
                WHEN regexp_full_match(w.word, '(remove|disable)-.*(permission|rolegroupmember|managementroleassignment|distributiongroupmember|unifiedgrouplinks|casemember|caseadmin|roleassignment|groupmember|teamuser|spouser)s?') THEN 'revoke'
                WHEN regexp_full_match(w.word, '(new|enable)-(mailbox|mailuser|remotemailbox|msoluser|aduser|mguser)') THEN 'account_create'
                WHEN regexp_full_match(w.word, '(remove|disable)-(mailbox|mailuser|remotemailbox|user|msoluser|aduser|mguser)') THEN 'account_delete'
                WHEN regexp_full_match(w.word, '(set|restore|undo)-(user|mailuser|softdeletedmailbox|softdeletedmailuser|linkeduser|msoluser|msoluserpassword|mguser)') THEN 'account_change'
                WHEN regexp_full_match(w.word, '(new-mailboxexportrequest|export-.*|new-compliancesearchaction)') THEN CASE
                  WHEN len(list_filter(w.parameters, lambda x: x.Name = 'Purge')) > 0 THEN 'delete' WHEN w.word = 'new-compliancesearchaction'
                       AND len(list_filter(w.parameters, lambda x: x.Name = 'Preview')) > 0 THEN 'read' ELSE 'export' END
                WHEN regexp_full_match(w.word, '(get|search|test|start-compliancesearch|new-compliancesearch|find|measure)(-.*)?|(start|new|set)-compliancesearch') THEN 'search'
                ELSE 'config_change' END
              WHEN lower(w.workload) = 'azureactivedirectory' THEN entra_action(w.word)
              WHEN regexp_matches(w.word, 'logon(initialauth|cookiecopy|silentreauth)') THEN 'login'
              ELSE 'other' END AS action,
         replace(lower(coalesce(w.a.ResultStatus, w.a.IsSuccess, w.f.event.outcome)), ' ', '') AS result
  FROM worded AS w LEFT JOIN words AS v USING (word)),
judged AS (
  SELECT *,
         CASE action WHEN 'login' THEN 3002 WHEN 'logout' THEN 3002
                     WHEN 'account_create' THEN 3007 WHEN 'account_change' THEN 3007 WHEN 'account_delete' THEN 3007
                     WHEN 'grant' THEN 3006 WHEN 'revoke' THEN 3006
                     WHEN 'config_change' THEN 6003 WHEN 'log_clear' THEN 6003 WHEN 'execute' THEN 6003 WHEN 'other' THEN 6003
                     ELSE CASE WHEN action <> 'search' AND (workload ILIKE 'sharepoint' OR workload ILIKE 'onedrive') THEN 6006 ELSE 6001 END END AS class_uid,
         CASE WHEN word = 'userloginfailed' OR action = 'login' AND LENGTH(a.LogonError) > 0 THEN 'failure'
              WHEN word IN ('sharinginvitationblocked', 'unmanagedsyncclientblocked') THEN 'failure'
              WHEN thing.kind = 'resource' AND lower(other ->> '$.Status') IN ('failure', 'failed', 'denied') THEN 'failure'
              WHEN verdict IS NOT NULL THEN verdict
              WHEN word = 'userloggedin' THEN 'success'
              ELSE 'unknown' END AS outcome,
         CASE WHEN regexp_full_match(object, '(?i)(not available|unknown|n/a|null|)') THEN NULL ELSE object END AS thing_id,
         regexp_matches(object, '://|^[A-Za-z]:\\|^\\\\') AS is_url,  -- or a path on a device
         -- A claim (i:0#.w|DOMAIN\user) is no DOMAIN\user.
         CASE WHEN contains(user_name, '|') THEN {'domain': NULL::VARCHAR, 'name': trim(user_name)} ELSE account(nullif(trim(user_name), '')) END AS actor, address_port(ip) AS address,
         CASE WHEN clock <> '' THEN utc_clock(clock) END AS instant,
         (message IS NOT NULL OR a.MailboxOwnerUPN IS NOT NULL) AS mail
  FROM acted LEFT JOIN results USING (result))
SELECT position,
       (CASE WHEN members > 1 THEN list_sum(counts[:member]) - counts[member] ELSE 0 END + number - 1)::INTEGER AS part,
       coalesce(a.Id, f.RecordId, f.Identity, f.id, f.OfficeId, f.SourceRecordId, f.event.id) AS source_event_id,
       CASE WHEN members = 1 OR instant >= TIMESTAMPTZ '1601-01-01' AND instant < TIMESTAMPTZ '10000-01-01' THEN instant END AS time,
       -- One unreadable time in a message of many must not cost the others.
       CASE WHEN members = 1 OR instant >= TIMESTAMPTZ '1601-01-01' AND instant < TIMESTAMPTZ '10000-01-01' THEN nullif(clock, '') END AS time_original,
       actor.domain AS actor_domain, actor.name AS actor_account,
       coalesce(a.AppAccessContext.AADSessionId, nullif(a.SessionId, ''), list_filter(device_properties, lambda x: x.Name = 'SessionId')[1].Value) AS session,
       CASE word WHEN 'sendas' THEN a.SendAsUserSmtp WHEN 'sendonbehalf' THEN a.SendOnBehalfOfUserSmtp END AS on_behalf_of,
       action, outcome,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN class_uid = 3002 OR action IN ('search', 'execute', 'connect', 'other') THEN 'possible'
            WHEN word = 'mailitemsaccessed' AND (contains(a.OperationProperties, '"Sync"') OR thing.kind IS DISTINCT FROM 'message') THEN 'possible'
            WHEN regexp_full_match(word, 'pageprefetched|clientviewsignaled|(anonymous|company|secure)linkused') THEN 'possible'
            ELSE 'content' END AS proves,
       CASE WHEN len(modified) > 0 THEN list_transform(modified, lambda m: {'field': m.Name, 'before': m.OldValue, 'after': m.NewValue})
            WHEN len(parameters) > 0 AND action NOT IN ('search', 'read') THEN list_transform(parameters, lambda m: {'field': m.Name, 'before': NULL::VARCHAR, 'after': m.Value})
            WHEN len(modified_names) > 0 THEN list_transform(modified_names, lambda m: {'field': m, 'before': NULL::VARCHAR, 'after': NULL::VARCHAR})
            WHEN word IN ('filerenamed', 'folderrenamed') AND a.DestinationFileName IS NOT NULL
            THEN [{'field': 'FileName', 'before': a.SourceFileName, 'after': a.DestinationFileName}]
            WHEN word IN ('filemoved', 'foldermoved') AND a.DestinationRelativeUrl IS NOT NULL
            THEN [{'field': 'RelativeUrl', 'before': a.SourceRelativeUrl, 'after': a.DestinationRelativeUrl}]
            WHEN word IN ('sensitivitylabelapplied', 'sensitivitylabelchanged', 'sensitivitylabelremoved', 'sensitivitylabelupdated') AND a.SensitivityLabelEventData LIKE '{%'
            THEN [{'field': 'SensitivityLabelId', 'before': a.SensitivityLabelEventData ->> '$.OldSensitivityLabelId', 'after': a.SensitivityLabelEventData ->> '$.SensitivityLabelId'}]
            WHEN action = 'config_change' AND a.Name IS NOT NULL AND coalesce(a.NewValue, a.OldValue) IS NOT NULL
            THEN [{'field': a.Name, 'before': a.OldValue, 'after': a.NewValue}] END AS changes,
       class_uid,
       nullif(a.Justification, '') AS purpose,
       CASE WHEN mail THEN CASE WHEN coalesce(message.InternetMessageId, CASE WHEN thing.kind IS DISTINCT FROM 'folder' THEN message.Id END) IS NOT NULL AND NOT coalesce(contains(a.OperationProperties, '"Sync"'), false)
                                AND word <> 'folderbind' THEN 'message' WHEN thing.kind = 'folder' OR message IS NOT NULL THEN 'folder' ELSE 'mailbox' END
            WHEN thing.kind = 'resource' THEN lower(coalesce(other ->> '$.Type', 'resource'))
            WHEN a.ItemType IS NOT NULL THEN lower(a.ItemType)
            WHEN thing.kind = 'chat message' OR a.MessageId IS NOT NULL THEN 'message'
            WHEN a.ReportId IS NOT NULL THEN 'report'
            WHEN thing.kind = 'member' OR a.TeamGuid IS NOT NULL THEN CASE WHEN a.ChannelGuid IS NOT NULL THEN 'channel' ELSE 'team' END
            WHEN word IN ('userloggedin', 'userloginfailed') AND thing_id IS NOT NULL THEN 'application'
            WHEN is_url AND NOT contains(object, '://') THEN 'file'
            WHEN regexp_full_match(word, '[a-z]+-[a-z0-9]+') THEN regexp_extract(word, '-(.*)', 1) END AS object_type,
       CASE WHEN mail THEN coalesce(message.InternetMessageId, message.Id, CASE WHEN NOT is_url THEN thing_id END)
            WHEN thing.kind = 'resource' THEN coalesce(other ->> '$.ID', other ->> '$.Id', other ->> '$.ListItemUniqueId')
            WHEN thing.kind = 'chat message' THEN other ->> '$.Id'
            ELSE coalesce(a.ListItemUniqueId, a.MessageId, a.ReportId, CASE WHEN NOT is_url THEN thing_id END, a.ChannelGuid, a.TeamGuid, a.ChatThreadId) END AS object_id,
       CASE WHEN mail THEN nullif(concat(a.MailboxOwnerUPN, coalesce(thing.folder, message.ParentFolder.Path, TRY(a.Folder ->> '$.Path'))), '')
            WHEN thing.kind = 'resource' THEN coalesce(other ->> '$.SiteUrl', other ->> '$.Name')
            WHEN word = 'copilotinteraction' THEN TRY(a.CopilotEventData ->> '$.Contexts[0].Id')
            WHEN is_url THEN thing_id
            WHEN a.TeamName IS NOT NULL THEN concat_ws('/', a.TeamName, a.ChannelName)
            ELSE coalesce(a.ReportName, a.ItemName, CASE WHEN a.SiteUrl IS NOT NULL AND a.SourceFileName IS NOT NULL
                                                        THEN concat(a.SiteUrl, a.SourceRelativeUrl, '/', a.SourceFileName) END) END AS object_path,
       CASE WHEN thing.kind = 'member' THEN other ->> '$.UPN'
            WHEN a.TargetUserOrGroupName IS NOT NULL THEN CASE WHEN NOT coalesce(regexp_matches(a.TargetUserOrGroupType, 'Group'), false) THEN a.TargetUserOrGroupName END
            WHEN a.UserSharedWith IS NOT NULL THEN a.UserSharedWith
            WHEN a.MailboxOwnerUPN IS NOT NULL AND lower(a.MailboxOwnerUPN) IS DISTINCT FROM lower(user_name) THEN a.MailboxOwnerUPN
            WHEN action IN ('grant', 'revoke') AND len(parameters) > 0
            THEN list_filter(parameters, lambda x: x.Name IN ('User', 'Trustee', 'Member', 'Members', 'Delegate', 'Links', 'SecurityGroup'))[1].Value
            WHEN action IN ('account_create', 'account_change', 'account_delete', 'grant', 'revoke')
            THEN coalesce(target_upn, CASE WHEN lower(workload) = 'azureactivedirectory' AND contains(thing_id, '@') THEN thing_id
                                           WHEN action LIKE 'account%' AND lower(workload) = 'exchange' THEN thing_id
                                           WHEN action LIKE 'account%' THEN target_name END)
            ELSE nullif(a.TargetUserId, '') END AS target_account,
       CASE WHEN thing.kind = 'member' THEN a.TeamName
            WHEN action IN ('grant', 'revoke', 'share') AND contains(a.EventData, '<Group>') THEN regexp_extract(a.EventData, '<Group>([^<]*)</Group>', 1)
            WHEN regexp_matches(a.TargetUserOrGroupType, 'Group') THEN a.TargetUserOrGroupName
            WHEN given IS NOT NULL THEN nullif(trim(coalesce(nullif(trim(given.NewValue, '[]" ' || chr(13) || chr(10)), ''), trim(given.OldValue, '[]" ' || chr(13) || chr(10)))), '')
            WHEN regexp_full_match(word, '(add|remove|update)-(rolegroupmember|distributiongroupmember|unifiedgrouplinks)')
            THEN coalesce(list_filter(parameters, lambda x: x.Name = 'Identity')[1].Value, thing_id)
            WHEN word IN ('new-managementroleassignment') THEN list_filter(parameters, lambda x: x.Name = 'Role')[1].Value
            WHEN lower(workload) = 'azureactivedirectory' AND contains(word, ' group') AND action NOT IN ('login', 'config_change') THEN target_name END AS target_group,
       address.ip AS src_ip, nullif(address.port, 0) AS src_port,
       coalesce(nullif(a.ClientMachineName, ''), nullif(a.DeviceName, ''), nullif(list_filter(device_properties, lambda x: x.Name = 'DisplayName')[1].Value, '')) AS src_host,
       coalesce(nullif(a.UserAgent, ''), nullif(list_filter(extended, lambda x: x.Name = 'UserAgent')[1].Value, ''), nullif(a.ClientInfoString, '')) AS user_agent,
       coalesce(nullif(list_filter(device_properties, lambda x: x.Name = 'Id')[1].Value, ''), nullif(a.MachineId, '')) AS device,
       CASE WHEN things > 1 THEN json_merge_patch(whole, thing.own)::VARCHAR ELSE whole END AS details,
       CASE WHEN text IS NULL THEN 'json: no object in the record' END AS reject
FROM judged
