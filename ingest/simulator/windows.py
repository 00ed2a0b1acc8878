"""Templates of the Windows Security events that Åviken's servers write, with the fields and types of the manifest."""

from ingest.simulator.evtx_writer import EvtxTemplate

AUDIT_FAILURE = 0x8010000000000000

_SUBJECT = (
    ("SubjectUserSid", "sid"),
    ("SubjectUserName", "string"),
    ("SubjectDomainName", "string"),
    ("SubjectLogonId", "hex64"),
)
_MEMBER = (
    ("MemberName", "string"),
    ("MemberSid", "sid"),
    ("TargetUserName", "string"),
    ("TargetDomainName", "string"),
    ("TargetSid", "sid"),
    *_SUBJECT,
    ("PrivilegeList", "string"),
)
_ACCOUNT = (("TargetUserName", "string"), ("TargetDomainName", "string"), ("TargetSid", "sid"), *_SUBJECT)

# Source: Microsoft Learn, "Advanced security audit policy settings", the page of each event.
TEMPLATES: dict[int, EvtxTemplate] = {
    template.event_id: template
    for template in (
        EvtxTemplate(
            event_id=4624,
            version=2,
            task=12544,
            fields=(
                *_SUBJECT,
                ("TargetUserSid", "sid"),
                ("TargetUserName", "string"),
                ("TargetDomainName", "string"),
                ("TargetLogonId", "hex64"),
                ("LogonType", "uint32"),
                ("LogonProcessName", "string"),
                ("AuthenticationPackageName", "string"),
                ("WorkstationName", "string"),
                ("LogonGuid", "guid"),
                ("TransmittedServices", "string"),
                ("LmPackageName", "string"),
                ("KeyLength", "uint32"),
                ("ProcessId", "hex64"),
                ("ProcessName", "string"),
                ("IpAddress", "string"),
                ("IpPort", "string"),
                ("ImpersonationLevel", "string"),
                ("RestrictedAdminMode", "string"),
                ("TargetOutboundUserName", "string"),
                ("TargetOutboundDomainName", "string"),
                ("VirtualAccount", "string"),
                ("TargetLinkedLogonId", "hex64"),
                ("ElevatedToken", "string"),
            ),
        ),
        EvtxTemplate(
            event_id=4625,
            task=12544,
            keywords=AUDIT_FAILURE,
            fields=(
                *_SUBJECT,
                ("TargetUserSid", "sid"),
                ("TargetUserName", "string"),
                ("TargetDomainName", "string"),
                ("Status", "hex32"),
                ("FailureReason", "string"),
                ("SubStatus", "hex32"),
                ("LogonType", "uint32"),
                ("LogonProcessName", "string"),
                ("AuthenticationPackageName", "string"),
                ("WorkstationName", "string"),
                ("TransmittedServices", "string"),
                ("LmPackageName", "string"),
                ("KeyLength", "uint32"),
                ("ProcessId", "hex64"),
                ("ProcessName", "string"),
                ("IpAddress", "string"),
                ("IpPort", "string"),
            ),
        ),
        EvtxTemplate(
            event_id=4634,
            task=12545,
            fields=(
                ("TargetUserSid", "sid"),
                ("TargetUserName", "string"),
                ("TargetDomainName", "string"),
                ("TargetLogonId", "hex64"),
                ("LogonType", "uint32"),
            ),
        ),
        EvtxTemplate(event_id=4672, task=12548, fields=(*_SUBJECT, ("PrivilegeList", "string"))),
        EvtxTemplate(
            event_id=4720, task=13824, fields=(*_ACCOUNT, ("PrivilegeList", "string"), ("SamAccountName", "string"))
        ),
        EvtxTemplate(event_id=4724, task=13824, fields=_ACCOUNT),
        EvtxTemplate(event_id=4740, task=13824, fields=_ACCOUNT),
        EvtxTemplate(event_id=4728, task=13826, fields=_MEMBER),
        EvtxTemplate(event_id=4729, task=13826, fields=_MEMBER),
        EvtxTemplate(
            event_id=4663,
            version=1,
            task=12800,
            fields=(
                *_SUBJECT,
                ("ObjectServer", "string"),
                ("ObjectType", "string"),
                ("ObjectName", "string"),
                ("HandleId", "hex64"),
                ("AccessList", "string"),
                ("AccessMask", "hex32"),
                ("ProcessId", "hex64"),
                ("ProcessName", "string"),
                ("ResourceAttributes", "string"),
            ),
        ),
        EvtxTemplate(
            event_id=5145,
            task=12811,
            fields=(
                *_SUBJECT,
                ("ObjectType", "string"),
                ("IpAddress", "string"),
                ("IpPort", "string"),
                ("ShareName", "string"),
                ("ShareLocalPath", "string"),
                ("RelativeTargetName", "string"),
                ("AccessMask", "hex32"),
                ("AccessList", "string"),
                ("AccessReason", "string"),
            ),
        ),
        EvtxTemplate(
            event_id=4719,
            task=13568,
            fields=(
                *_SUBJECT,
                ("CategoryId", "string"),
                ("SubcategoryId", "string"),
                ("SubcategoryGuid", "guid"),
                ("AuditPolicyChanges", "string"),
            ),
        ),
        EvtxTemplate(
            event_id=1102,
            provider="Microsoft-Windows-Eventlog",
            guid="fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148",
            level=4,
            task=104,
            keywords=0x4020000000000000,
            user_data=("LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog"),
            fields=_SUBJECT,
        ),
    )
}
