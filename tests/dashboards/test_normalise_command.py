import gzip
import json

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from ingest.identity import KEY_BYTES
from schemas.errors import DecodeError, SettingsError
from schemas.event import EVENT, PIPELINE_COLUMNS

CSV = ("--source", "table_csv", "--set", 'columns={"time": "tid", "actor_account": "konto", "action": "gjorde", %s}')
SUBJECTS = (*CSV[:3], CSV[3] % '"subject": "om", "actor_unit": "enhet"')
NUMBER = "191212121212"  # a published test number


def run(*words, given=b""):
    result = CliRunner().invoke(cli, ("normalise", *words), input=given, catch_exceptions=False)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def table(*rows):
    return "\n".join(("tid;konto;gjorde;om;enhet", *rows, "")).encode()


def test_a_record_is_one_object_with_events_or_a_reject():
    given = table(
        "2026-03-01T08:00:00.25+01:00;anna.b;read;19121212-1212;Norr",
        "i går;anna.b;read;;",
        "2026-03-01T08:00:00Z;bo.c;read;;",
    )
    code, records = run(*SUBJECTS, given=given)
    assert code == 1
    assert [record["position"] for record in records] == [0, 1, 2]
    (event,) = records[0]["events"]
    assert (event["time"], event["subject"], event["actor_unit"]) == ("2026-03-01T07:00:00.250000Z", NUMBER, "Norr")
    assert records[1].keys() == {"position", "reject"}
    assert records[1]["reject"].startswith("time: ")
    assert records[2]["events"][0]["time"] == "2026-03-01T08:00:00Z"


def test_what_the_pipeline_adds_and_what_is_empty_is_left_out_and_all_else_stays():
    _, records = run(*SUBJECTS, given=table("2026-03-01T08:00:00Z;anna.b;read;;"))
    (event,) = records[0]["events"]
    assert not event.keys() & (PIPELINE_COLUMNS | {"position", "part", "kind", "reason", "length"})
    assert event.keys() <= set(EVENT.names)
    assert {"class_uid", "activity_id", "details", "time_original", "time_quality"} <= event.keys()
    assert "actor_unit" not in event
    assert None not in event.values()
    assert json.loads(event["details"])["konto"] == "anna.b"


def test_with_a_key_a_number_is_the_lakes_token(tmp_path):
    key = tmp_path / "identity.key"
    key.write_bytes(bytes(KEY_BYTES))
    given = table("2026-03-01T08:00:00Z;anna.b;read;19121212-1212;")
    (plain,), (tokens,) = run(*SUBJECTS, given=given)[1], run(*SUBJECTS, "--key", str(key), given=given)[1]
    assert tokens["events"][0]["subject"].startswith("p_")
    assert "1212" not in json.dumps(tokens).replace(tokens["events"][0]["subject"], "")
    assert plain["events"][0]["subject"] == NUMBER


def test_a_records_parts_are_its_events_in_order_over_any_number_of_batches():
    rows = [
        json.dumps(
            {
                "CreationTime": "2026-03-01T08:00:00",
                "Id": str(number),
                "Operation": "MailItemsAccessed",
                "UserId": "anna@kommun.example",
                "Workload": "Exchange",
                "Folders": [
                    {
                        "Path": "\\Inbox",
                        "FolderItems": [{"InternetMessageId": f"<{n}@x>"} for n in range(number % 4 + 1)],
                    }
                ],
            }
        )
        for number in range(70_000)  # more than a batch holds
    ]
    code, records = run("--source", "m365_audit", given="\n".join(rows).encode())
    assert code == 0
    assert [record["position"] for record in records] == list(range(70_000))
    for number in (0, 1, 2, 3, 65_535, 65_536, 69_999):
        assert [event["object_id"] for event in records[number]["events"]] == [
            f"<{n}@x>" for n in range(number % 4 + 1)
        ]


def test_the_zone_of_the_settings_is_a_name_or_an_offset():
    given = table("2026-03-01T08:00:00;anna.b;read;;")
    assert run(*SUBJECTS, given=given)[0] == 1
    for zone, hour in (("Europe/Stockholm", "07"), ("-02:00", "10")):
        _, (record,) = run(*SUBJECTS, "--set", f"zone={zone}", given=given)
        assert record["events"][0]["time"] == f"2026-03-01T{hour}:00:00Z"


def test_a_time_without_a_year_is_placed_by_the_reference():
    line = b"Dec 31 23:00:00 host sshd[1]: Accepted password for anna from 10.0.0.1 port 22 ssh2\n"
    words = ("--source", "linux_auth", "--set", "zone=UTC", "--set", "reference=2024-01-05T00:00:00Z")
    _, (record,) = run(*words, given=line)
    assert record["events"][0]["time"] == "2023-12-31T23:00:00Z"


def test_framing_is_set_like_any_setting():
    given = table("2026-03-01T08:00:00Z;åsa;read;;").decode().replace(";", "|").encode("latin-1")
    words = ("--set", "encoding=latin-1", "--set", "separator=|")
    assert run(*SUBJECTS, *words, given=given)[1][0]["events"][0]["actor_account"] == "åsa"


def test_a_file_may_be_compressed_and_what_came_before_the_damage_is_printed(tmp_path):
    line = b"Mar  1 08:00:00 host sshd[1]: Accepted password for anna from 10.0.0.%d port 22 ssh2\n"
    whole = gzip.compress(b"".join(line % (number % 256) for number in range(20_000)))
    (tmp_path / "auth.log.gz").write_bytes(whole)
    words = ("--source", "linux_auth", "--set", "zone=UTC", str(tmp_path / "auth.log.gz"))
    assert len(run(*words)[1]) == 20_000
    (tmp_path / "auth.log.gz").write_bytes(whole[: len(whole) // 2])
    result = CliRunner().invoke(cli, ("normalise", *words))
    assert isinstance(result.exception, DecodeError)  # main() makes it exit 2
    assert str(result.exception) == "gzip: the file ends too early"
    assert len(result.stdout.splitlines()) > 1000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--source", "nothing"), "normalise: --source: there is no mapping of that name; there are auditd, "),
        (("--source", "auditd", "--set", "zone"), "normalise: --set: want KEY=VALUE"),
        (("--source", "auditd", "--set", "zon=UTC"), "normalise: --set: unknown KEY; there are decoder, "),
        (("--source", "auditd", "--set", "reference=i går"), "normalise: --set reference: not a time"),
        (("--source", "auditd", "--set", "zone=Mars/Base"), "sources.auditd: zone: want a zone, such as "),
        (("--source", "auditd", "--set", "decoder=csv"), "auditd: decoder: the mapping reads "),
    ],
)
def test_what_is_wrong_with_the_arguments_is_named(words, said):
    with pytest.raises(SettingsError) as error:
        run(*words, given=b"type=X msg=audit(1.0:1): a\n")
    assert str(error.value).startswith(said)


@pytest.mark.parametrize("words", [(), ("--source", "auditd", "no such file"), ("--source", "auditd", "--key", "none")])
def test_a_command_that_is_wrong_is_exit_2(words):
    assert run(*words)[0] == 2


def test_an_empty_file_is_no_record():
    assert run("--source", "linux_auth") == (0, [])
