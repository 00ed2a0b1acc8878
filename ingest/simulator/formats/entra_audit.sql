-- format:   Entra ID's directory audits as Microsoft Graph lists them (auditLogs/directoryAudits), one JSON object a line
-- verbs:    Add member to group, Remove member from group, Add user, Reset user password, Disable Strong Authentication, Add member to role
SELECT n,
       '{"id":"Directory_' || md5('dir' || n)::UUID::VARCHAR || '","category":"' || CASE WHEN verb LIKE '%group' THEN 'GroupManagement' WHEN verb LIKE '%role' THEN 'RoleManagement' ELSE 'UserManagement' END
       || '","correlationId":"' || md5('cor' || n)::UUID::VARCHAR || '","result":"success","resultReason":"","activityDisplayName":"' || verb
       || '","activityDateTime":"' || strftime(utc, '%Y-%m-%dT%H:%M:%S.%gZ') || '","loggedByService":"Core Directory","operationType":"'
       || CASE WHEN verb LIKE '%group' OR verb LIKE '%role' THEN 'Assign' ELSE 'Update' END || '","initiatedBy":{"app":null,"user":{"id":"' || md5('user' || who)::UUID::VARCHAR
       || '","displayName":null,"userPrincipalName":"' || upn || '","ipAddress":"' || ip || '","userType":null}},"targetResources":[{"id":"' || md5('user' || other)::UUID::VARCHAR
       || '","displayName":null,"type":"User","userPrincipalName":"' || other_upn || '","groupType":null,"modifiedProperties":['
       || CASE WHEN verb LIKE '%group' THEN '{"displayName":"Group.DisplayName","oldValue":null,"newValue":"\"' || extra || '\""}'
               WHEN verb LIKE '%role' THEN '{"displayName":"Role.DisplayName","oldValue":null,"newValue":"\"' || extra || '\""}' ELSE '' END || ']}],"additionalDetails":[]}' AS line,
       upn AS actor_account,
       MAP {'Add member to group': 'grant', 'Remove member from group': 'revoke', 'Add user': 'account_create', 'Reset user password': 'account_change',
            'Disable Strong Authentication': 'account_change', 'Add member to role': 'grant'}[verb] AS action,
       'success' AS outcome,
       other_upn AS target_account,
       CASE WHEN verb LIKE '%group' OR verb LIKE '%role' THEN extra END AS target_group,
       ip AS src_ip
FROM acts
