# ruff: noqa: E501, FLY002 - a case on a line
import pytest

from analytics.sigma.sources import Refused, families, log_sources
from ingest.mapping import mappings
from tests.analytics.sigma.made import FORMS, SECURITY, SYSMON, hits, made_rows, reason, rows, rule, xml

POWERSHELL = ("Microsoft-Windows-PowerShell", "Microsoft-Windows-PowerShell/Operational")
CLASSIC = ("PowerShell", "Windows PowerShell")
SYSTEM = ("Service Control Manager", "System")
# Category or service, the event that is of it, and one of its fields.
WINDOWS = [
    ("category: process_creation", 1, SYSMON, "CommandLine"),
    ("category: process_creation", 4688, SECURITY, "CommandLine"),
    ("category: file_change", 2, SYSMON, "TargetFilename"),
    ("category: network_connection", 3, SYSMON, "DestinationHostname"),
    ("category: sysmon_status", 16, SYSMON, "Configuration"),
    ("category: process_termination", 5, SYSMON, "Image"),
    ("category: driver_load", 6, SYSMON, "ImageLoaded"),
    ("category: image_load", 7, SYSMON, "ImageLoaded"),
    ("category: create_remote_thread", 8, SYSMON, "StartModule"),
    ("category: raw_access_thread", 9, SYSMON, "Device"),
    ("category: process_access", 10, SYSMON, "CallTrace"),
    ("category: file_event", 11, SYSMON, "TargetFilename"),
    ("category: registry_add", 12, SYSMON, "TargetObject"),
    ("category: registry_delete", 12, SYSMON, "TargetObject"),
    ("category: registry_set", 13, SYSMON, "Details"),
    ("category: registry_event", 14, SYSMON, "NewName"),
    ("category: create_stream_hash", 15, SYSMON, "Contents"),
    ("category: pipe_created", 18, SYSMON, "PipeName"),
    ("category: wmi_event", 20, SYSMON, "Destination"),
    ("category: dns_query", 22, SYSMON, "QueryName"),
    ("category: file_delete", 26, SYSMON, "TargetFilename"),
    ("category: clipboard_capture", 24, SYSMON, "ClientInfo"),
    ("category: process_tampering", 25, SYSMON, "Type"),
    ("category: file_executable_detected", 29, SYSMON, "TargetFilename"),
    ("category: ps_module", 4103, POWERSHELL, "Payload"),
    ("category: ps_script", 4104, POWERSHELL, "ScriptBlockText"),
    ("service: powershell", 4104, POWERSHELL, "ScriptBlockText"),
    ("service: security", 4698, SECURITY, "TaskContent"),
    ("service: system", 7045, SYSTEM, "ImagePath"),
    ("service: windefend", 1116, ("Microsoft-Windows-Windows Defender", "Microsoft-Windows-Windows Defender/Operational"), "Threat Name"),
    ("category: antivirus", 1117, ("Microsoft-Windows-Windows Defender", "Microsoft-Windows-Windows Defender/Operational"), "Threat Name"),
    ("service: applocker", 8004, ("Microsoft-Windows-AppLocker", "Microsoft-Windows-AppLocker/EXE and DLL"), "FilePath"),
    ("service: taskscheduler", 129, ("Microsoft-Windows-TaskScheduler", "Microsoft-Windows-TaskScheduler/Operational"), "Path"),
    ("service: ntlm", 8002, ("Microsoft-Windows-NTLM", "Microsoft-Windows-NTLM/Operational"), "ProcessName"),
    ("service: bits-client", 16403, ("Microsoft-Windows-Bits-Client", "Microsoft-Windows-Bits-Client/Operational"), "RemoteName"),
    ("service: codeintegrity-operational", 3033, ("Microsoft-Windows-CodeIntegrity", "Microsoft-Windows-CodeIntegrity/Operational"), "FileNameBuffer"),
    ("service: smbclient-security", 31017, ("Microsoft-Windows-SMBClient", "Microsoft-Windows-SmbClient/Security"), "ServerName"),
    ("service: firewall-as", 2004, ("Microsoft-Windows-Windows Firewall With Advanced Security", "Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"), "ApplicationPath"),
    ("service: terminalservices-localsessionmanager", 21, ("Microsoft-Windows-TerminalServices-LocalSessionManager", "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"), "Address"),
    ("service: dns-server", 150, ("Microsoft-Windows-DNS-Server-Service", "DNS Server"), "param1"),
    ("service: application", 1000, ("Application Error", "Application"), "AppName"),
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_windows_source_in_every_form(form):
    """One event of each source; a rule for each finds its own, and none of another id or channel."""
    aliases = {"Threat Name": "Signature"}
    records, text = [], []
    for number, (source, event, channel, field) in enumerate(WINDOWS):
        name = aliases.get(field, field) if source == "category: antivirus" else field
        records.append(FORMS[form](event, channel, {field: f'C:\\X {number:03d} "å"'}))
        text.append(
            rule(
                f"product: windows, {source}",
                f"{{'{name}|contains': 'x {number:03d} \"Å'}}",
                f"00000000-0000-4000-8000-{number:012d}",
            )
        )
    table = rows("windows_security", *records)
    assert hits("\n---\n".join(text), table) == sorted(f"a-{number}-0" for number in range(len(WINDOWS)))
    other = rows(
        "windows_security",
        FORMS[form](7001, SYSMON, {"CommandLine": "x"}),
        FORMS[form](1, SECURITY, {"CommandLine": "x"}),
    )
    assert not hits(rule("product: windows, category: process_creation", "{'CommandLine|contains': x}"), other)


def test_a_process_of_the_security_channel_has_sysmons_fields():
    table = rows("windows_security", xml(4688, SECURITY, {
        "SubjectUserName": "anna.b", "SubjectDomainName": "KOMMUN", "NewProcessId": "0x1f4", "NewProcessName": "C:\\a\\whoami.exe", "ProcessId": "0x10",
        "CommandLine": "whoami /all", "ParentProcessName": "C:\\b\\cmd.exe", "MandatoryLabel": "S-1-16-12288",
    }))  # fmt: skip
    for detection in (
        "{'Image|endswith': '\\whoami.exe'}", "{'ParentImage|endswith': '\\cmd.exe'}", "{ProcessId: 500}", "{ParentProcessId: 16}", "{User: KOMMUN\\anna.b}",
        "{IntegrityLevel: High}", "{ParentCommandLine: null, CommandLine: 'WHOAMI /all'}",
    ):  # fmt: skip
        assert hits(rule("product: windows, category: process_creation", detection), table) == ["a-0-0"], detection
    assert not hits(rule("product: windows, category: process_creation", "{OriginalFileName: whoami.exe}"), table)


def test_a_registry_value_of_the_security_channel_has_sysmons_fields():
    table = rows("windows_security", xml(4657, SECURITY, {
        "ObjectName": "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Run", "ObjectValueName": "X", "OperationType": "%%1904", "NewValue": "evil.exe", "ProcessName": "C:\\reg.exe",
    }))  # fmt: skip
    given = "{'TargetObject|endswith': '\\CurrentControlSet\\Run\\X', Details: evil.exe, EventType: SetValue, 'TargetObject|startswith': 'HKLM\\'}"
    assert hits(rule("product: windows, category: registry_set", given), table) == ["a-0-0"]
    assert not hits(rule("product: windows, category: registry_delete", "{Details: evil.exe}"), table)


def test_data_without_names_is_one_text():
    table = rows(
        "windows_security",
        xml(
            400, CLASSIC, "<Data>Available</Data><Data>\n\tHostApplication=powershell -enc\n\tEngineVersion=2.0</Data>"
        ),
    )
    assert hits(
        rule(
            "product: windows, category: ps_classic_start",
            "{'Data|contains|all': ['Available', 'HostApplication=PowerShell']}",
        ),
        table,
    )
    assert hits(
        rule(
            "product: windows, category: ps_classic_start",
            "{'HostApplication|endswith': ' -enc', EngineVersion: '2.0'}",
        ),
        table,
    )


def test_the_channel_of_a_cleared_log_is_the_one_that_was_cleared():
    cleared = "<LogFileCleared xmlns='x'><SubjectUserName>anna</SubjectUserName><Channel>Windows PowerShell</Channel></LogFileCleared>"
    table = rows("windows_security", xml(104, ("Microsoft-Windows-Eventlog", "System"), "", cleared))
    assert hits(
        rule("product: windows, service: system", "{EventID: 104, Channel: Windows PowerShell, SubjectUserName: Anna}"),
        table,
    )
    assert not hits(rule("product: windows, service: powershell-classic", "{EventID: 104}"), table)


def test_what_says_actor_in_one_event_and_target_in_another_is_read_as_the_source_names_it():
    logon = xml(4624, SECURITY, {"SubjectUserName": "-", "TargetUserName": "anna.b", "LogonType": "3"})
    created = xml(4720, SECURITY, {"SubjectUserName": "anna.b", "TargetUserName": "bo.c"})
    table = rows("windows_security", logon, created)
    assert hits(rule("product: windows, service: security", "{TargetUserName: anna.b}"), table) == ["a-0-0"]
    assert hits(rule("product: windows, service: security", "{SubjectUserName: anna.b, EventID: 4720}"), table) == [
        "a-1-0"
    ]


def test_linux():
    audit = rows("auditd", "\n".join((
        'type=SYSCALL msg=audit(1772366400.000:1): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=2 auid=1001 uid=0 gid=0 ses=9 comm="cat" exe="/usr/bin/cat" key="k"',
        'type=EXECVE msg=audit(1772366400.000:1): argc=2 a0="cat" a1="/etc/shadow"',
        'type=PATH msg=audit(1772366400.000:1): item=0 name="/usr/bin/cat" nametype=NORMAL',
        'type=PATH msg=audit(1772366400.000:1): item=1 name="/lib/ld.so" nametype=NORMAL',
    )))  # fmt: skip
    assert hits(rule("product: linux, service: auditd", "{type: EXECVE, a0: cat, 'a1|endswith': /shadow}"), audit)
    assert hits(rule("product: linux, service: auditd", "{type: PATH, name: /lib/ld.so}"), audit)
    assert not hits(rule("product: linux, service: auditd", "{type: PATH, name: /lib/ld}"), audit)
    assert hits(
        rule(
            "product: linux, category: process_creation", "{'Image|endswith': /cat, 'CommandLine|contains': 'cat /etc'}"
        ),
        audit,
    )
    auth = rows(
        "linux_auth",
        "Mar  1 12:00:00 srv sshd[1]: error: buffer_get_ret: trying to get more",
        "Mar  1 12:00:00 srv sudo: error: buffer_get_ret",
    )
    assert hits(rule("product: linux, service: sshd", "['buffer_get_ret: Trying']"), auth) == ["a-0-0"]
    assert hits(rule("product: linux", "['buffer_get_ret']"), auth, audit) == ["a-0-0", "a-1-0"]


def test_web_and_cloud():
    web = rows(
        "web_access", '192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /a.php?q=../etc HTTP/1.1" 200 3 "-" "curl/8"'
    )
    assert hits(
        rule(
            "category: webserver",
            "{cs-method: GET, 'cs-uri-query|contains': '../', sc-status: 200, 'cs-user-agent|startswith': curl}",
        ),
        web,
    )
    m365 = made_rows("m365_audit", {"Operation": "New-InboxRule", "Workload": "Exchange", "ResultStatus": "True"})
    assert hits(rule("product: m365, service: audit", "{Operation: new-inboxrule}"), m365)
    signin = made_rows(
        "entra_signin",
        {"status": {"errorCode": 50126, "failureReason": "Invalid"}, "deviceDetail": {"isCompliant": False}},
        {"resultType": "0"},
    )
    assert hits(
        rule(
            "product: azure, service: signinlogs",
            "{ResultType: 50126, DeviceDetail.isCompliant: 'false', Status: Failure}",
        ),
        signin,
    ) == ["m-0-0"]
    audit = made_rows(
        "entra_audit", {"activityDisplayName": "Add app role assignment", "loggedByService": "Core Directory"}
    )
    assert hits(
        rule(
            "product: azure, service: auditlogs",
            "{properties.message: Add app role assignment, LoggedByService: core directory}",
        ),
        audit,
    )


@pytest.mark.parametrize(
    ("logsource", "detection", "said"),
    [
        (
            "product: macos, category: process_creation",
            "{Image: x}",
            "logsource: no source of ours is product macos, category process_creation",
        ),
        ("product: windows, service: unheard-of", "{EventID: 1}", "service unheard-of"),
        ("product: azure, service: activitylogs", "{operationName: x}", "logsource: no source of ours"),
        (
            "product: windows, category: process_creation",
            "{ComandLine: x}",
            "field ComandLine: its log source has no such field",
        ),
        ("product: linux, service: sshd", "{CommandLine: x}", "field CommandLine: its log source has no such field"),
    ],
)
def test_what_is_not_ours_is_named(logsource, detection, said):
    assert said in reason(rule(logsource, detection))


def test_every_family_reads_mappings_that_there_are():
    for family in families().values():
        assert set(family.mappings) <= set(mappings())


def test_a_name_that_would_leave_its_path_is_refused():
    with pytest.raises(Refused):
        families()["windows"].field('a"b')
    [source] = log_sources("m365", None, "audit")
    assert '$."a"."b"' in source.family.field("a.b")
