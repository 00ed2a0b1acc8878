-- format:   Entra ID sign-ins as Microsoft Graph lists them (auditLogs/signIns), one JSON object a line
-- verbs:    signin, mfa (the password was right, the second factor was refused); extra: a city abroad, `city|country code` or `city|country code|device`
SELECT n,
       '{"id":"' || md5('signin' || n)::UUID::VARCHAR || '","createdDateTime":"' || strftime(utc, '%Y-%m-%dT%H:%M:%SZ') || '","userDisplayName":"' || name
       || '","userPrincipalName":"' || upn || '","userId":"' || md5('user' || who)::UUID::VARCHAR || '","appId":"' || md5('app' || r % 4)::UUID::VARCHAR
       || '","appDisplayName":"' || ['Office 365 SharePoint Online', 'Microsoft Teams', 'Office 365 Exchange Online', 'Microsoft 365 Copilot'][r % 4 + 1]
       || '","ipAddress":"' || ip || '","clientAppUsed":"Browser","correlationId":"' || md5('cor' || n)::UUID::VARCHAR || '","conditionalAccessStatus":"'
       || CASE WHEN ok THEN 'success' ELSE 'notApplied' END || '","isInteractive":true,"riskDetail":"none","riskLevelAggregated":"none","riskLevelDuringSignIn":"'
       || CASE WHEN extra IS NULL THEN 'none' ELSE 'medium' END || '","riskState":"none","riskEventTypes":[],"resourceDisplayName":"Microsoft Graph","status":{"errorCode":'
       || CASE WHEN verb = 'mfa' THEN '500121,"failureReason":"Authentication failed during strong authentication request.","additionalDetails":"MFA denied; user declined the authentication"'
               WHEN ok THEN '0,"failureReason":"Other.","additionalDetails":null' ELSE '50126,"failureReason":"Error validating credentials due to invalid username or password.","additionalDetails":null' END
       || '},"deviceDetail":{"deviceId":"' || CASE WHEN extra IS NULL THEN md5('dev' || who)::UUID::VARCHAR WHEN split_part(extra, '|', 3) <> '' THEN md5(split_part(extra, '|', 3))::UUID::VARCHAR ELSE '' END || '","displayName":"' || CASE WHEN extra IS NULL THEN computer ELSE split_part(extra, '|', 3) END
       || '","operatingSystem":"Windows10","browser":"Edge 133.0.0"},"location":{"city":"' || coalesce(split_part(extra, '|', 1), 'Åviken') || '","state":"","countryOrRegion":"'
       || CASE WHEN extra IS NULL THEN 'SE' WHEN extra LIKE '%|%' THEN split_part(extra, '|', 2) ELSE 'NL' END || '","geoCoordinates":{"altitude":null,"latitude":'
       || coalesce(MAP {'Amsterdam': '52.37,"longitude":4.89', 'Bangkok': '13.75,"longitude":100.5', 'Lagos': '6.45,"longitude":3.39', 'Minsk': '53.9,"longitude":27.56', 'Hanoi': '21.03,"longitude":105.85',
                        'Malaga': '36.72,"longitude":-4.42', 'Oslo': '59.91,"longitude":10.75', 'Split': '43.51,"longitude":16.44', 'Aten': '37.98,"longitude":23.73', 'Göteborg': '57.71,"longitude":11.97'}[split_part(extra, '|', 1)],
                   '58.4,"longitude":11.9') || '}},"appliedConditionalAccessPolicies":[]}' AS line,
       upn AS actor_account,
       'login' AS action,
       CASE WHEN ok THEN 'success' ELSE 'failure' END AS outcome,
       ip AS src_ip
FROM acts
