"""The twelve systems of Åviken that keep logs: which format each log has, and how sparhund is to read it.

A system may keep several: the database below Kvarnen and its host log too, the directory stands in the house and in
the cloud.
"""

from dataclasses import dataclass, field, replace
from typing import Any

_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """One source: a system's log in one format.

    `format` is a file of `ingest/simulator/formats`; what it writes, `mapping` of `ingest/mappings` must read. The
    settings file gets `zone`, `framing`, `params`, `objects`, `logs` and `silent_after_s` as they stand here.
    """

    name: str
    format: str
    mapping: str
    system: str
    ending: str
    things: str = ""  # a name of World: what its acts are on
    precision_us: int = 1  # the finest time that a record shows
    encoding: str = "utf-8"
    newline: str = "\n"
    header: str = ""  # before the first record of each file
    footer: str = ""  # after the last
    zone: str | None = None
    keep: str = "standard"
    logs: tuple[str, ...] = ()
    silent_after_s: int | None = None
    framing: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, str] = field(default_factory=dict)


LOGS: tuple[Log, ...] = (
    Log(
        name="ad",
        format="windows_logon",
        mapping="windows_security",
        system="Katalogtjänsten",
        ending="evtx",
        logs=("login", "logout", "grant", "revoke", "account_create", "account_change", "log_clear"),
        silent_after_s=_HOUR,
    ),
    Log(
        name="filserver",
        format="windows_files",
        mapping="windows_security",
        system="Filserver",
        ending="evtx",
        things="folder",
        logs=("read", "update", "create", "delete", "log_clear"),
        silent_after_s=24 * _HOUR,
    ),
    Log(
        name="skolfiler",
        format="samba_audit",
        mapping="samba_audit",
        system="Lärknuten",
        ending="log",
        things="school",
        precision_us=1_000_000,
        zone="Europe/Stockholm",
        logs=("read", "update", "delete"),
        silent_after_s=72 * _HOUR,
    ),
    Log(
        name="m365",
        format="m365_audit",
        mapping="m365_audit",
        system="Microsoft 365",
        ending="json",
        things="document",
        precision_us=1_000_000,
        logs=("read", "create", "update", "delete", "export", "share"),
        silent_after_s=24 * _HOUR,
    ),
    Log(
        name="entra",
        format="entra_signin",
        mapping="entra_signin",
        system="Katalogtjänsten",
        ending="json",
        precision_us=1_000_000,
        logs=("login",),
        silent_after_s=24 * _HOUR,
    ),
    Log(
        name="entra-andringar",
        format="entra_audit",
        mapping="entra_audit",
        system="Katalogtjänsten",
        ending="json",
        precision_us=1_000,
        logs=("grant", "revoke", "account_create", "account_change"),
    ),
    Log(
        name="kvarnen",
        format="web_access",
        mapping="web_access",
        system="Kvarnen",
        ending="log",
        things="case",
        precision_us=1_000_000,
        keep="socialtjanst",
        params={"post": "update"},
        objects={"case": "/arende/{id}"},
        logs=("read", "search", "update"),
        silent_after_s=72 * _HOUR,
    ),
    Log(
        name="kvarnen-db",
        format="postgresql",
        mapping="postgresql",
        system="Kvarnen",
        ending="csv",
        precision_us=1_000,
        keep="socialtjanst",
        zone="Europe/Stockholm",
        logs=("read", "update", "login"),
        silent_after_s=_HOUR,
    ),
    Log(
        name="dbhost",
        format="auditd",
        mapping="auditd",
        system="Kvarnen",
        ending="log",
        precision_us=1_000,
        logs=("execute", "read", "log_clear"),
        silent_after_s=_HOUR,
    ),
    Log(
        name="lindan",
        format="table_csv",
        mapping="table_csv",
        system="Lindan",
        ending="csv",
        things="journal",
        precision_us=1_000_000,
        encoding="iso-8859-1",
        newline="\r\n",
        header="Tidpunkt;Användare;Enhet;Roll;Händelse;Personnummer;Journal;Resultat;Dator;Syfte",
        zone="Europe/Stockholm",
        keep="vard",
        logs=("read", "search", "create", "update", "delete", "sign", "print", "break_glass"),
        silent_after_s=12 * _HOUR,
        framing={"encoding": "iso-8859-1", "separator": ";"},
        params={
            "columns": {
                "time": "Tidpunkt",
                "actor_account": "Användare",
                "actor_unit": "Enhet",
                "actor_role": "Roll",
                "action": "Händelse",
                "outcome": "Resultat",
                "subject": "Personnummer",
                "object_id": "Journal",
                "device": "Dator",
                "purpose": "Syfte",
            },
            "words": {
                "action": {
                    "Läst": "read",
                    "Skapat": "create",
                    "Ändrat": "update",
                    "Signerat": "sign",
                    "Sökt": "search",
                    "Utskrift": "print",
                    "Nödöppnat": "break_glass",
                    "Raderat": "delete",
                },
                "outcome": {"OK": "success", "Nekad": "failure"},
            },
            "constants": {"object_type": "journal"},
        },
    ),
    Log(
        name="npo",
        format="riv_log",
        mapping="riv_log",
        system="Nationell patientöversikt",
        ending="xml",
        things="journal",
        header='<?xml version="1.0" encoding="UTF-8"?>\n'
        '<StoreLogRequest xmlns="urn:riv:informationsecurity:auditing:log:StoreLogResponder:2">',
        footer="</StoreLogRequest>",
        precision_us=1_000_000,
        zone="Europe/Stockholm",
        keep="vard",
        logs=("read", "sign", "print"),
        silent_after_s=48 * _HOUR,
    ),
    Log(
        name="lakemedel",
        format="fhir_auditevent",
        mapping="fhir_auditevent",
        system="Läkemedelslistan",
        ending="json",
        things="journal",
        precision_us=1_000,
        keep="vard",
        logs=("read", "search", "update"),
        silent_after_s=48 * _HOUR,
    ),
    Log(
        name="intranat",
        format="iis_w3c",
        mapping="iis_w3c",
        system="Intranätet",
        ending="log",
        things="page",
        precision_us=1_000_000,
        header="#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: {date} 00:00:00\n"
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer)"
        " sc-status sc-substatus sc-win32-status time-taken",
        logs=("read",),
        silent_after_s=72 * _HOUR,
    ),
    Log(
        name="vpn",
        format="fortigate",
        mapping="fortigate",
        system="Fjärråtkomst",
        ending="log",
        precision_us=1_000_000,
        zone="Europe/Stockholm",
        logs=("login", "logout"),
        silent_after_s=72 * _HOUR,
    ),
    Log(
        name="utskrift",
        format="cef",
        mapping="cef",
        system="Säker utskrift",
        ending="log",
        things="folder",
        precision_us=1_000,
        logs=("print", "copy"),
        silent_after_s=72 * _HOUR,
    ),
    Log(
        name="larknuten",
        format="keycloak",
        mapping="keycloak",
        system="Lärknuten",
        ending="json",
        precision_us=1_000,
        logs=("login", "logout"),
        silent_after_s=72 * _HOUR,
    ),
    Log(
        name="linux",
        format="linux_auth",
        mapping="linux_auth",
        system="Linuxservrar",
        ending="log",
        precision_us=1_000_000,
        zone="Europe/Stockholm",
        logs=("login", "logout", "execute", "account_create"),
        silent_after_s=_HOUR,
    ),
)

# What Kvarnen itself can report of its cases, rather than the web server before it. The benchmark reads this one: a web
# log names pages, and no page is somebody's until a report says whose case it is.
CASE_REPORT = Log(
    name="kvarnen",
    format="case_csv",
    mapping="table_csv",
    system="Kvarnen",
    ending="csv",
    things="case",
    precision_us=1_000_000,
    header="Tidpunkt;Användare;Händelse;Ärende;Sida;Personnummer;Resultat;Adress",
    keep="socialtjanst",
    zone="Europe/Stockholm",
    logs=("read", "search", "update", "export", "print", "delete"),
    silent_after_s=72 * _HOUR,
    framing={"separator": ";"},
    params={
        "columns": {
            "time": "Tidpunkt",
            "actor_account": "Användare",
            "action": "Händelse",
            "object_id": "Ärende",
            "object_path": "Sida",
            "subject": "Personnummer",
            "outcome": "Resultat",
            "src_ip": "Adress",
        },
        "words": {
            "action": {
                "Öppnat ärende": "read",
                "Öppnat handlingar": "read",
                "Öppnat person": "read",
                "Antecknat": "update",
                "Sökt person": "search",
                "Hämtat handling": "export",
                "Skrivit ut": "print",
                "Tagit bort": "delete",
            },
            "outcome": {"OK": "success", "Nekad": "failure"},
        },
        "constants": {"object_type": "ärende"},
    },
)
# Over months there are nights, holidays and school breaks: what may be silent then is not said to be due.
_DUE_AFTER_S: dict[str, int | None] = {
    "ad": 12 * _HOUR,
    "entra": 48 * _HOUR,
    **dict.fromkeys(("skolfiler", "larknuten", "vpn", "utskrift", "npo", "lakemedel", "intranat", "filserver", "m365")),
}
WITH_CASES: tuple[Log, ...] = tuple(
    CASE_REPORT
    if log.name == CASE_REPORT.name
    else replace(log, silent_after_s=_DUE_AFTER_S.get(log.name, log.silent_after_s))
    for log in LOGS
)
