"""Raw logs of made-up people for the benches: as many records as wanted, the same ones each time.

A record is shaped as its program writes it, with what varies in a real log varying here: 2,000 accounts, addresses,
paths, sessions and ids. Half of the web addresses and files lie below a path that the bench's register names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.simulator.evtx_writer import EvtxRecord, write_evtx
from ingest.simulator.windows import TEMPLATES

PERSONS = 2_000
UNITS = 200

# What each format's text is made of; `i` is the record's number.
_ACTS = """
SELECT i, i % 2000 AS a, hash(i, 1) % 200 AS u, hash(i, 2) % 1000000 AS o, (hash(i, 3) % 100)::INTEGER AS c,
       TIMESTAMP '2026-03-02 05:00:00' + to_microseconds(i * 1700) AS t,
       '10.20.' || (i % 2000 // 250) || '.' || (i % 250 + 1) AS ip, md5(i::VARCHAR) AS m
FROM range({first}, {stop}) AS r (i)
"""
_GUID = "m[1:8] || '-' || m[9:12] || '-' || m[13:16] || '-' || m[17:20] || '-' || m[21:32]"
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36"
)

WEB = f"""
ip || ' - anna.' || a || ' [' || strftime(t, '%d/%b/%Y:%H:%M:%S') || ' +0100] "'
|| CASE WHEN c < 80 THEN 'GET' WHEN c < 95 THEN 'POST' ELSE 'PUT' END
|| CASE WHEN c < 50 THEN ' /verksamhet/enhet' || u || '/akt/' || o ELSE ' /start/nyheter/' || o END
|| ' HTTP/1.1" ' || CASE WHEN c < 94 THEN 200 WHEN c < 97 THEN 304 ELSE 403 END || ' ' || (o % 90000)
|| ' "https://kvarnen.aviken.example/sok" "{_AGENT}"'
"""

M365 = f"""
'{{"CreationTime":"' || strftime(t, '%Y-%m-%dT%H:%M:%S') || '","Id":"' || {_GUID} || '","Operation":"'
|| CASE WHEN c < 60 THEN 'FileAccessed' WHEN c < 80 THEN 'FileModified' WHEN c < 90 THEN 'FileDownloaded'
        ELSE 'FileUploaded' END
|| '","OrganizationId":"5f0c8f0e-0000-4000-8000-00000000a7e1","RecordType":6,"UserKey":"i:0h.f|membership|'
|| m[1:16] || '@live.com","UserType":0,"Version":1,"Workload":"SharePoint","ClientIP":"' || ip
|| '","UserId":"anna.' || a || '@aviken.example","CorrelationId":"' || m[5:12] || '-ad75-d3db-7b3b-' || m[9:20]
|| '","EventSource":"SharePoint","ItemType":"File","ListItemUniqueId":"' || m[17:24] || '-0a4c-4e1f-9d3b-' || m[1:12]
|| '","Site":"1190846e-5517-2e63-4dd8-c03cd8a2521f","UserAgent":"Microsoft Office Word/16.0",'
|| '"SourceFileExtension":"docx","SiteUrl":"https://aviken.sharepoint.example/sites/enhet' || u
|| '/","SourceFileName":"beslut ' || o || '.docx","SourceRelativeUrl":"Delade dokument",'
|| '"ObjectId":"https://aviken.sharepoint.example/sites/enhet' || u || '/Delade dokument/beslut ' || o || '.docx"}}'
"""

CEF = """
'<134>Mar  2 06:54:10 fw01 CEF:0|Exempel|Arkivvakt|5.2|' || (100 + c) || '|File access|3|rt='
|| epoch_ms(t) || ' externalId=' || i || ' src=' || ip || ' spt=' || (20000 + o % 40000) || ' shost=PC' || a
|| ' suser=AVIKEN\\\\anna.' || a || ' suid=S-1-5-21-' || a || ' dst=10.10.1.80 dpt=443 dhost=fs01 proto=TCP app=https'
|| ' act=' || CASE WHEN c < 70 THEN 'read' WHEN c < 90 THEN 'update' ELSE 'delete' END
|| ' outcome=' || CASE WHEN c < 95 THEN 'success' ELSE 'failure' END
|| ' fname=/verksamhet/enhet' || u || '/akt/' || o || '.docx fsize=' || (o % 90000) || ' fileType=docx in=' || c
|| ' out=' || o || ' msg=Handlingen lästes i arkivets klient och lämnade inte kommunens nät'
|| ' cs1Label=Skrivare cs1=SKR-' || u || ' cs2Label=Klass cs2=K2' || ' cn1Label=Sidor cn1=' || c
"""

CEF_4 = """
'CEF:0|Exempel|Arkivvakt|5.2|' || (100 + c) || '|File access|3|rt=' || epoch_ms(t) || ' src=' || ip
|| ' suser=anna.' || a || ' act=' || CASE WHEN c < 70 THEN 'read' ELSE 'update' END
"""

SSHD = """
'<38>1 ' || strftime(t, '%Y-%m-%dT%H:%M:%S.%fZ') || ' bastion1 sshd ' || (1000 + o % 30000) || ' - - '
|| CASE WHEN c < 80 THEN 'Accepted publickey for anna.' || a || ' from ' || ip || ' port ' || (20000 + o % 40000)
        || ' ssh2: ED25519 SHA256:' || m
        ELSE 'Failed password for anna.' || a || ' from ' || ip || ' port ' || (20000 + o % 40000) || ' ssh2' END
"""


def lines(expression: str) -> Callable[[Path, int], None]:
    """A maker of a file of COUNT lines, each what the SQL EXPRESSION gives."""

    def make(path: Path, count: int) -> None:
        connection = duckdb.connect()
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (SELECT {expression} FROM ({_ACTS.format(first=0, stop=count)})) TO '{path}' "
            "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER E'\\x1f')"
        )
        connection.close()

    return make


def evtx(path: Path, count: int) -> None:
    """File accesses (4663) in a Security channel, as the simulator writes them."""
    first = 1_772_427_600_000_000  # 2026-03-02 05:00 UTC
    accesses = (("%%4416", "1"), ("%%4416", "1"), ("%%4417", "2"), ("%%1537", "65536"))
    records = (
        EvtxRecord(
            TEMPLATES[4663],
            first + number * 1700,
            "FS01.aviken.example",
            (
                f"S-1-5-21-1004336348-1177238915-682003330-{1000 + number % PERSONS}",
                f"anna.{number % PERSONS}",
                "AVIKEN",
                str(1_000_000 + number % PERSONS * 4096),
                "Security",
                "File",
                f"\\\\FS01\\Verksamhet$\\enhet{number * 7919 % UNITS}\\akt\\beslut {number * 104_729 % 999_983}.docx",
                str(256 + number % 9000),
                accesses[number % 4][0] + "\n\t\t\t\t",
                accesses[number % 4][1],
                "4",
                "",
                "S:AI",
            ),
        )
        for number in range(count)
    )
    write_evtx(path, records)


@dataclass(frozen=True, slots=True)
class Log:
    """One made-up log: the mapping that reads it, and who makes the file."""

    mapping: str
    make: Callable[[Path, int], None]
    name: str

    def file(self, folder: Path, count: int) -> Path:
        """The log with COUNT records in FOLDER, made where it isn't there."""
        path = folder / f"{count}-{self.name}"
        if not path.exists():
            half = path.with_name(f"{path.name}.half")
            self.make(half, count)
            half.rename(path)
        return path


LOGS = {
    log.name: log
    for log in (
        Log("web_access", lines(WEB), "web.log"),
        Log("m365_audit", lines(M365), "m365.json"),
        Log("cef", lines(CEF), "cef.log"),
        Log("windows_security", evtx, "security.evtx"),
        Log("cef", lines(CEF_4), "cef-4.log"),
        Log("linux_auth", lines(SSHD), "sshd.log"),
    )
}
