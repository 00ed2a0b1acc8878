# ruff: noqa: E501, SIM905, T201, UP031 - SQL reads better on one line; a bench prints
"""`make bench-sigma`: 300 and 3,000 made-up Sigma rules over ten million events of a realistic mix, in one pass."""

import argparse
import os
import random
import resource
import tempfile
import time
from pathlib import Path

import duckdb
import yaml

from analytics import views
from analytics.caller import Caller
from analytics.sigma.convert import convert_text
from analytics.sigma.matches import matches
from schemas.event import NORMALISED, sql_type

FEW, MANY = 300, 3000
TARGET_S, TARGET_RATIO = 60, 1.5
FILE_ROWS = 1_000_000
ROW_GROUP = 120_000

_SYLLABLES = (
    "ba",
    "dor",
    "fi",
    "gra",
    "hal",
    "in",
    "kol",
    "lum",
    "mar",
    "nor",
    "pet",
    "ros",
    "sti",
    "tor",
    "val",
    "vex",
    "zan",
)
_PROGRAMS = (
    "powershell.exe cmd.exe rundll32.exe regsvr32.exe mshta.exe wscript.exe cscript.exe certutil.exe net.exe net1.exe sc.exe "
    "schtasks.exe wmic.exe reg.exe bitsadmin.exe msiexec.exe svchost.exe explorer.exe winword.exe excel.exe outlook.exe "
    "chrome.exe msedge.exe teams.exe taskhostw.exe conhost.exe dllhost.exe backgroundtaskhost.exe searchindexer.exe"
).split()
_FOLDERS = (
    "C:\\Windows\\System32\\",
    "C:\\Windows\\SysWOW64\\",
    "C:\\Program Files\\",
    "C:\\Users\\Public\\",
    "C:\\ProgramData\\",
)


def words(seed: int, count: int) -> list[str]:
    """Made-up words, which both rules and events draw from: the first are frequent in events, the last never there."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4)))] = None
    return list(found)


# Rules


def rules(seed: int, count: int) -> str:
    """COUNT rules as YAML, in the shapes of the Sigma specification; the same SEED gives the same ones."""
    chance = random.Random(seed)
    vocabulary = words(1, 6000)
    makers = [maker for maker, weight in _MAKERS for _ in range(weight)]
    made = []
    for number in range(count):
        logsource, detection = chance.choice(makers)(chance, vocabulary)
        made.append(
            {
                "title": f"Rule {number}",
                "id": f"00000000-0000-4000-8000-{number:012d}",
                "status": "test",
                "level": chance.choice(["informational", "low", "medium", "high", "critical"]),
                "tags": ["attack.execution", f"attack.t1{chance.randint(0, 600):03d}"],
                "logsource": logsource,
                "detection": detection,
            }
        )
    return yaml.safe_dump_all(made, sort_keys=False, allow_unicode=True)


def _some(chance: random.Random, vocabulary: list[str], most: int = 4) -> list[str]:
    return [chance.choice(vocabulary) for _ in range(chance.randint(1, most))]


def _process(chance: random.Random, vocabulary: list[str]):
    program = chance.choice(_PROGRAMS) if chance.random() < 0.6 else f"{chance.choice(vocabulary)}.exe"
    detection: dict[str, object] = {
        "selection_img": [{"Image|endswith": f"\\{program}"}, {"OriginalFileName": program.upper()}]
    }
    arguments = [f"{chance.choice(('-', '/', ' --', ' '))}{word}" for word in _some(chance, vocabulary, 6)]
    kind = chance.random()
    if kind < 0.5:
        detection["selection_cli"] = {"CommandLine|contains": arguments}
    elif kind < 0.75:
        detection["selection_cli"] = {"CommandLine|contains|all": arguments}
    elif kind < 0.8:
        detection["selection_cli"] = {
            "CommandLine|contains|windash": [f"-{word} " for word in _some(chance, vocabulary)]
        }
    elif kind < 0.84:
        detection["selection_cli"] = {
            "CommandLine|re": rf"{chance.choice(vocabulary)}\s+[a-z]{{3,}}[0-9]+.*{chance.choice(vocabulary)}"
        }
    elif kind < 0.86:
        detection["selection_cli"] = {
            "CommandLine|base64offset|contains": f"{chance.choice(vocabulary)} {chance.choice(vocabulary)}"
        }
    elif kind < 0.9:
        detection["selection_cli"] = {
            "CommandLine": [f"*{word}*{chance.choice(vocabulary)}?" for word in _some(chance, vocabulary)]
        }
    else:
        detection["selection_parent"] = {
            "ParentImage|endswith": [f"\\{chance.choice(vocabulary)}.exe" for _ in range(chance.randint(1, 5))]
        }
    condition = "all of selection_*"
    if chance.random() < 0.4:
        detection["filter_main_path"] = {"Image|startswith": chance.choice(_FOLDERS) + chance.choice(vocabulary)}
        detection["filter_optional_null"] = {"ParentImage": None}
        condition += " and not 1 of filter_*"
    return {"product": "windows", "category": "process_creation"}, {**detection, "condition": condition}


def _of(category: str, field: str, form: str, *, product: str = "windows"):
    def make(chance: random.Random, vocabulary: list[str]):
        selection: dict[str, object] = {
            f"{field}|{chance.choice(('contains', 'endswith'))}": [
                form.format(word) for word in _some(chance, vocabulary, 8)
            ]
        }
        condition = "selection"
        detection: dict[str, object] = {"selection": selection}
        if chance.random() < 0.4:
            selection["Image|endswith"] = [f"\\{chance.choice(_PROGRAMS)}" for _ in range(chance.randint(1, 3))]
        if chance.random() < 0.3:
            detection["filter"] = {"Image|startswith": list(_FOLDERS[:2])}
            condition += " and not filter"
        return {"product": product, "category": category}, {**detection, "condition": condition}

    return make


def _script(chance: random.Random, vocabulary: list[str]):
    linking = "contains|all" if chance.random() < 0.4 else "contains"
    return {"product": "windows", "category": "ps_script"}, {
        "selection": {
            f"ScriptBlockText|{linking}": [
                f"{word.title()}-{chance.choice(vocabulary)}" for word in _some(chance, vocabulary, 5)
            ]
        },
        "condition": "selection",
    }


def _security(chance: random.Random, vocabulary: list[str]):
    event, field = chance.choice(
        (
            (4624, "WorkstationName"),
            (4625, "TargetUserName"),
            (4663, "ObjectName"),
            (5145, "RelativeTargetName"),
            (4698, "TaskName"),
            (4697, "ServiceFileName"),
            (4769, "ServiceName"),
            (4720, "SamAccountName"),
            (4732, "TargetUserName"),
        )
    )
    selection: dict[str, object] = {"EventID": event, f"{field}|contains": _some(chance, vocabulary)}
    detection: dict[str, object] = {"selection": selection}
    condition = "selection"
    if event == 4624 and chance.random() < 0.5:
        selection["LogonType"] = chance.choice([3, 9, 10])
        detection["filter"] = {"IpAddress|cidr": ["10.0.0.0/8", "::1/128"]}
        condition += " and not filter"
    if chance.random() < 0.2:
        detection["filter_machine"] = {"SubjectUserName|endswith": "$"}
        condition += " and not filter_machine"
    return {"product": "windows", "service": "security"}, {**detection, "condition": condition}


def _system(chance: random.Random, vocabulary: list[str]):
    return {"product": "windows", "service": "system"}, {
        "selection": {"Provider_Name": "Service Control Manager", "EventID": 7045},
        "names": [{"ServiceName": _some(chance, vocabulary)}, {"ImagePath|contains": _some(chance, vocabulary)}],
        "condition": "all of them",
    }


def _sshd(chance: random.Random, vocabulary: list[str]):
    return {"product": "linux", "service": "sshd"}, {
        "keywords": [f"{chance.choice(vocabulary)} {chance.choice(('failed', 'error', 'fatal'))}" for _ in range(3)],
        "condition": "keywords",
    }


def _auditd(chance: random.Random, vocabulary: list[str]):
    return {"product": "linux", "service": "auditd"}, {
        "selection": {
            "type": "EXECVE",
            "a0|endswith": _some(chance, vocabulary),
            "a1|contains": _some(chance, vocabulary),
        },
        "condition": "selection",
    }


def _web(chance: random.Random, vocabulary: list[str]):
    return {"category": "webserver"}, {
        "selection": {
            "cs-method": chance.choice(("GET", "POST")),
            "cs-uri-query|contains": [f"{word}=" for word in _some(chance, vocabulary, 6)],
        },
        "selection_status": {"sc-status": [200, 302]},
        "condition": "all of selection*",
    }


def _cloud(chance: random.Random, vocabulary: list[str]):
    if chance.random() < 0.5:
        return {"product": "m365", "service": "audit"}, {
            "selection": {"Operation": [f"{word.title()}Accessed" for word in _some(chance, vocabulary)]},
            "condition": "selection",
        }
    return {"product": "azure", "service": "signinlogs"}, {
        "selection": {"ResultType": chance.randint(50000, 50200), "AppDisplayName|contains": _some(chance, vocabulary)},
        "condition": "selection",
    }


# Of a hundred rules; roughly as public collections are made up.
_MAKERS = [
    (_process, 46),
    (_of("registry_set", "TargetObject", "\\{}\\"), 9),
    (_of("file_event", "TargetFilename", "\\{}.dll"), 8),
    (_of("image_load", "ImageLoaded", "\\{}.dll"), 5),
    (_of("network_connection", "DestinationHostname", "{}.example"), 3),
    (_of("dns_query", "QueryName", "{}."), 2),
    (_of("pipe_created", "PipeName", "\\{}"), 1),
    (_script, 7),
    (_security, 6),
    (_system, 3),
    (_sshd, 1),
    (_auditd, 3),
    (_web, 3),
    (_cloud, 3),
]

# Events


def events(folder: Path, count: int, seed: int) -> None:
    """Write COUNT events as files of `normalised` into FOLDER."""
    connection = duckdb.connect()
    connection.execute(
        "SET TimeZone = 'UTC'; SET threads = 2; SET memory_limit = '3GB'; SET preserve_insertion_order = false"
    )
    connection.execute(
        "CREATE TABLE vocabulary AS SELECT $1::VARCHAR[] AS w, $2::VARCHAR[] AS p, $3::VARCHAR[] AS f",
        [words(1, 6000)[:1500], [*_PROGRAMS], [*_FOLDERS]],
    )
    for number, first in enumerate(range(0, count, FILE_ROWS)):
        rows = min(FILE_ROWS, count - first)
        connection.execute(
            f"COPY ({_events(first, rows, seed)}) TO '{folder / f'{number:04d}.parquet'}' "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
    connection.close()


def _events(first: int, rows: int, seed: int) -> str:
    """SQL: ROWS events from the number FIRST on."""
    # Draws: h(n) is one of many; common words are drawn much more often than rare ones.
    h = "hash(i + {0} * 7919 + %d)" % seed
    word = "w[1 + CAST(floor(pow((" + h + " % 1000003) / 1000003.0, 6) * 1500) AS INTEGER)]"
    program = "p[1 + CAST(floor(pow((" + h + " % 1000003) / 1000003.0, 3) * 29) AS INTEGER)]"

    def one(n: int) -> str:
        return word.format(n)

    def exe(n: int) -> str:
        return program.format(n)

    def pick(n: int, most: int) -> str:
        return f"({h.format(n)} % {most})"

    system = (
        '\'{"System":{"Provider":{"@Name":"\' || %s || \'"},"EventID":"\' || %s || \'","Version":"2","Level":"0","Task":"13824","Opcode":"0",'
        '"Keywords":"0x8020000000000000","TimeCreated":{"@SystemTime":"2026-03-01T07:14:07.1234567Z"},"EventRecordID":"\' || i || \'","Correlation":"",'
        '"Execution":{"@ProcessID":"712","@ThreadID":"8120"},"Channel":"\' || %s || \'","Computer":"pc-\' || (i %% 4000) || \'.kommun.example","Security":""},"EventData":\' || to_json(struct_pack(%s)) || \'}\''
    )
    security = ("'Microsoft-Windows-Security-Auditing'", "'Security'")
    sysmon = ("'Microsoft-Windows-Sysmon'", "'Microsoft-Windows-Sysmon/Operational'")
    who = "SubjectUserSid := 'S-1-5-21-345793-28392-8238-' || (i % 5000), SubjectUserName := 'anv' || (i % 5000), SubjectDomainName := 'KOMMUN', SubjectLogonId := '0x' || to_hex(i)"
    user = "\"User\" := 'KOMMUN\\anv' || (i % 5000), RuleName := '-', UtcTime := '2026-03-01 07:14:07.123', ProcessGuid := '{A98268C1-9C2E-5ACD-0000-' || i || '}', ProcessId := (i % 9000)::VARCHAR"
    folder = "f[1 + CAST(" + h.format(50) + " % 5 AS INTEGER)]"
    line = f"'\"' || {folder} || {exe(1)} || '\" -' || {one(2)} || ' /' || {one(3)} || CASE WHEN {pick(4, 100)} < 35 THEN ' --id ' || to_hex(hash(i)) ELSE '' END"
    kinds = [
        # share of a thousand, mapping, action, details
        (
            190,
            "windows_security",
            "login",
            system
            % (
                security[0],
                "'4624'",
                security[1],
                f"{who}, TargetUserSid := 'S-1-5-21-345793-28392-8238-' || (i % 5000), TargetUserName := 'anv' || (i % 5000), TargetDomainName := 'KOMMUN', TargetLogonId := '0x' || to_hex(i), LogonType := CASE WHEN {pick(5, 10)} < 7 THEN '3' ELSE '2' END, LogonProcessName := 'Kerberos', AuthenticationPackageName := 'Kerberos', WorkstationName := 'PC-' || (i % 4000), LogonGuid := '{{0}}', IpAddress := '10.1.' || (i % 250) || '.' || (i % 240), IpPort := (i % 60000)::VARCHAR",
            ),
        ),
        (
            90,
            "windows_security",
            "logout",
            system
            % (
                security[0],
                "'4634'",
                security[1],
                "TargetUserSid := 'S-1-5-21-345793-28392-8238-' || (i % 5000), TargetUserName := 'anv' || (i % 5000), TargetDomainName := 'KOMMUN', TargetLogonId := '0x' || to_hex(i), LogonType := '3'",
            ),
        ),
        (
            20,
            "windows_security",
            "login",
            system
            % (
                security[0],
                "'4625'",
                security[1],
                f"{who}, TargetUserName := {one(6)}, TargetDomainName := 'KOMMUN', Status := '0xc000006d', LogonType := '3', WorkstationName := 'PC-' || (i % 4000), IpAddress := '10.1.2.' || (i % 240)",
            ),
        ),
        (
            70,
            "windows_security",
            "read",
            system
            % (
                security[0],
                "'4663'",
                security[1],
                f"{who}, ObjectServer := 'Security', ObjectType := 'File', ObjectName := 'D:\\Delad\\' || {one(7)} || '\\' || (i % 200000) || '.docx', HandleId := '0x1a4', AccessList := '%%4416', AccessMask := '0x1', ProcessId := '0x4', ProcessName := ''",
            ),
        ),
        (
            60,
            "windows_security",
            "other",
            system
            % (
                security[0],
                "'5145'",
                security[1],
                f"{who}, ObjectType := 'File', IpAddress := '10.1.2.' || (i % 240), ShareName := '\\\\*\\Delad', RelativeTargetName := {one(8)} || '\\' || (i % 100000) || '.xlsx', AccessMask := '0x1'",
            ),
        ),
        (
            90,
            "windows_security",
            "execute",
            system
            % (
                security[0],
                "'4688'",
                security[1],
                f"{who}, NewProcessId := '0x1f4', NewProcessName := {folder} || {exe(1)}, TokenElevationType := '%%1936', ProcessId := '0x3e8', CommandLine := {line}, TargetUserSid := 'S-1-0-0', ParentProcessName := {folder} || {exe(9)}, MandatoryLabel := 'S-1-16-8192'",
            ),
        ),
        (
            80,
            "windows_security",
            "execute",
            system
            % (
                sysmon[0],
                "'1'",
                sysmon[1],
                f"{user}, Image := {folder} || {exe(1)}, FileVersion := '10.0', Description := 'x', Product := 'Windows', Company := 'Microsoft', OriginalFileName := {exe(1)}, CommandLine := {line}, CurrentDirectory := 'C:\\', IntegrityLevel := 'Medium', Hashes := 'SHA256=' || to_hex(hash(i % 3000)) || ',IMPHASH=' || to_hex(hash(i % 300)), ParentImage := {folder} || {exe(9)}, ParentCommandLine := {folder} || {exe(9)}",
            ),
        ),
        (
            30,
            "windows_security",
            "other",
            system
            % (
                sysmon[0],
                "'13'",
                sysmon[1],
                f"{user}, EventType := 'SetValue', Image := {folder} || {exe(1)}, TargetObject := 'HKLM\\Software\\' || {one(10)} || '\\' || {one(11)} || '\\' || (i % 1000), Details := 'DWORD (0x00000001)'",
            ),
        ),
        (
            30,
            "windows_security",
            "create",
            system
            % (
                sysmon[0],
                "'11'",
                sysmon[1],
                f"{user}, Image := {folder} || {exe(1)}, TargetFilename := 'C:\\Users\\anv' || (i % 5000) || '\\AppData\\' || {one(12)} || '\\' || {one(13)} || '.tmp'",
            ),
        ),
        (
            25,
            "windows_security",
            "connect",
            system
            % (
                sysmon[0],
                "'3'",
                sysmon[1],
                f"{user}, Image := {folder} || {exe(1)}, Protocol := 'tcp', Initiated := 'true', SourceIp := '10.1.2.' || (i % 240), DestinationIp := '192.0.2.' || (i % 250), DestinationHostname := {one(14)} || '.example', DestinationPort := '443'",
            ),
        ),
        (
            25,
            "windows_security",
            "other",
            system
            % (
                sysmon[0],
                "'22'",
                sysmon[1],
                f"{user}, Image := {folder} || {exe(1)}, QueryName := {one(15)} || '.' || {one(16)} || '.example', QueryStatus := '0', QueryResults := '192.0.2.1;'",
            ),
        ),
        (
            25,
            "windows_security",
            "other",
            system
            % (
                sysmon[0],
                "'7'",
                sysmon[1],
                f"{user}, Image := {folder} || {exe(1)}, ImageLoaded := 'C:\\Windows\\System32\\' || {one(17)} || '.dll', Signed := 'true', Signature := 'Microsoft Windows'",
            ),
        ),
        (
            5,
            "windows_security",
            "execute",
            system
            % (
                "'Microsoft-Windows-PowerShell'",
                "'4104'",
                "'Microsoft-Windows-PowerShell/Operational'",
                f"MessageNumber := '1', MessageTotal := '1', ScriptBlockText := 'function ' || {one(18)} || ' {{ Get-' || {one(19)} || ' | Where ' || to_hex(hash(i)) || ' }} ' || repeat('if ($x) {{ Write-Output 1 }} ', 20), ScriptBlockId := 'b', Path := ''",
            ),
        ),
        (
            60,
            "linux_auth",
            "login",
            '\'{"timestamp":"Nov 24 00:32:52","host":"srv-\' || (i % 60) || \'","program":"\' || CASE WHEN '
            + pick(20, 10)
            + ' < 6 THEN \'sshd\' ELSE \'sudo\' END || \'","pid":"10824","message":"Accepted password for \' || '
            + one(21)
            + " || ' from 10.1.2.' || (i % 240) || ' port ' || (i % 60000) || ' ssh2\"}'",
        ),
        (
            20,
            "auditd",
            "execute",
            '\'{"time":"1795480801.615","serial":"\' || i || \'","types":["SYSCALL","EXECVE"],"SYSCALL":{"arch":"c000003e","syscall":"59","success":"yes","exe":"/usr/bin/\' || '
            + one(22)
            + ' || \'","comm":"x","auid":"1001","uid":"0"},"EXECVE":{"argc":"2","a0":"\' || '
            + one(22)
            + ' || \'","a1":"\' || '
            + one(23)
            + " || '\"}}'",
        ),
        (
            100,
            "web_access",
            "read",
            '\'{"remote_addr":"10.1.2.\' || (i % 240) || \'","ident":"-","remote_user":"-","time_local":"24/Nov/2026:01:28:28 +0000","request":"GET /\' || '
            + one(24)
            + " || '?' || "
            + one(25)
            + ' || \'=\' || (i % 100000) || \' HTTP/1.1","status":"200","body_bytes_sent":"3000","http_referer":"-","http_user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64)"}\'',
        ),
        (
            65,
            "m365_audit",
            "read",
            '\'{"CreationTime":"2026-03-01T08:14:07","Id":"\' || i || \'","Operation":"\' || CASE WHEN '
            + pick(26, 100)
            + " < 95 THEN 'FileAccessed' ELSE "
            + one(27)
            + ' || \'Accessed\' END || \'","Workload":"SharePoint","RecordType":6,"UserId":"anv\' || (i % 5000) || \'@kommun.example","ClientIP":"192.0.2.10","UserType":0,"ObjectId":"https://kommun.sharepoint.example/sites/\' || '
            + one(28)
            + ' || \'/\' || (i % 300000) || \'.docx","ItemType":"File","UserAgent":"Mozilla/5.0"}\'',
        ),
        (
            15,
            "entra_signin",
            "login",
            '\'{"id":"\' || i || \'","createdDateTime":"2026-03-01T08:14:07Z","userPrincipalName":"anv\' || (i % 5000) || \'@kommun.example","appDisplayName":"\' || '
            + one(29)
            + ' || \'","ipAddress":"192.0.2.10","clientAppUsed":"Browser","status":{"errorCode":\' || CASE WHEN '
            + pick(30, 20)
            + ' = 0 THEN 50126 ELSE 0 END || \',"failureReason":"Other."},"deviceDetail":{"operatingSystem":"Windows 11"}}\'',
        ),
    ]
    assert sum(share for share, *_ in kinds) == 1000
    at = 0
    mapping, action, details = [], [], []
    for share, name, did, text in kinds:
        at += share
        mapping.append(f"WHEN d < {at} THEN '{name}'")
        action.append(f"WHEN d < {at} THEN '{did}'")
        details.append(f"WHEN d < {at} THEN {text}")
    made = {
        "kind": "'event'",
        "source": "mapping",
        "system": "mapping",
        "shard": "mapping || '-1'",
        "position": "i",
        "part": "0",
        "received": "TIMESTAMPTZ '2026-03-01 00:00:00+00' + to_milliseconds(i * 8)",
        "time": "TIMESTAMPTZ '2026-03-01 00:00:00+00' + to_milliseconds(i * 8)",
        "batch": f"{first} // 100000",
        "actor_account": "'anv' || (i % 5000)",
        "action": "action",
        "outcome": "'success'",
        "src_ip": "'10.1.2.' || (i % 240)",
        "object_path": f"CASE WHEN mapping = 'web_access' THEN '/' || {one(24)} || '?' || {one(25)} || '=' || (i % 100000) END",
        "user_agent": "CASE WHEN mapping = 'web_access' THEN 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)' END",
        "rules_version": "mapping || '=0a1b2c3d'",
        "details": "details",
    }
    columns = ", ".join(
        f'CAST({made.get(field.name, "NULL")} AS {sql_type(field.type)}) AS "{field.name}"' for field in NORMALISED
    )
    return f"""SELECT {columns} FROM (SELECT i, w, p, f, CASE {" ".join(mapping)} END AS mapping, CASE {" ".join(action)} END AS action,
      CASE {" ".join(details)} END AS details FROM (SELECT i, hash(i * 31 + {seed}) % 1000 AS d, w, p, f
      FROM range({first}, {first + rows}) AS r(i), vocabulary))"""


# Measuring


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--rules", type=int, nargs="*", default=[FEW, MANY])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where the events are kept, or are from an earlier run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.glob("*.parquet")):
            began = time.perf_counter()
            events(folder, given.events, given.seed)
            print(f"{given.events:,} events written in {time.perf_counter() - began:.1f} s")
        size = sum(file.stat().st_size for file in folder.glob("*.parquet"))
        print(f"{size / 1e6:,.0f} MB of Parquet; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        walls = [_measure(folder, count, given.seed) for count in given.rules]
        if len(walls) > 1:
            ratio = walls[-1] / walls[0]
            print(
                f"{given.rules[-1]:,} rules take {ratio:.2f} times as long as {given.rules[0]:,} (want {TARGET_RATIO})"
            )
            print(f"target of {TARGET_S} s: {'held' if walls[-1] <= TARGET_S else 'missed'}")


def _measure(folder: Path, count: int, seed: int) -> float:
    began = time.perf_counter()
    found, failures = convert_text(Path("bench.yml"), rules(seed, count))
    print(f"{count:,} rules: {len(found):,} converted, {len(failures):,} not, in {time.perf_counter() - began:.1f} s")
    connection = views.scoped(
        views.connect(threads=2), Caller("bench"), f"read_parquet('{folder}/*.parquet')", {}, ("events",)
    )
    before, cpu = time.perf_counter(), _processor_s()
    table = matches(connection, [converted.rule for converted in found])
    wall, used = time.perf_counter() - before, _processor_s() - cpu
    evidence = sum(len(row) for row in table["evidence"].to_pylist())
    matched = len(table["rule"].unique())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count:,} rules: {wall:.1f} s, {used:.1f} s of processor; {matched:,} rules match, {evidence:,} events; peak {peak:,.0f} MB"
    )
    connection.close()
    return wall


def _processor_s() -> float:
    told = os.times()
    return told.user + told.system


if __name__ == "__main__":
    main()
