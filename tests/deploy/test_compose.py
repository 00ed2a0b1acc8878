"""The compose file, as far as it can be held without containers: its parts agree with each other and with ours."""

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from dashboards.cli import cli
from ingest import knowledge
from schemas import settings

FOLDER = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "sparhund"}
RUNNING = [name for name in OURS if name != "compact"]  # until they are stopped; it sleeps until the night
UNITS = {path.stem.removeprefix("sparhund-"): path.read_text() for path in (FOLDER / "systemd").glob("*.service")}
SETTINGS = settings.load(FOLDER / "compose.toml")


def broker():
    """What deploy/kafka/start tells the broker."""
    text = (FOLDER / "kafka" / "start").read_text()
    lines = re.search(r"server\.properties\" <<END\n(.*?)\nEND", text, re.DOTALL)[1].splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_the_broker_is_the_one_that_the_tests_start():
    given = SERVICES["kafka"]["environment"]
    addresses = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}
    for name, value in broker().items():
        said = str(given["KAFKA_" + name.upper().replace(".", "_")])
        if name in addresses:
            assert said
        else:
            assert sorted(said.split(",")) == sorted(value.split(",")), name
    start = (FOLDER / "kafka" / "start").read_text()
    assert re.search(r"--cluster-id (\S+)", start)[1] == given["CLUSTER_ID"]
    version = re.search(r"<kafka.version>(.*?)<", (FOLDER / "kafka" / "pom.xml").read_text())[1]
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"
    # The listeners' names, and the folder that outlives the container.
    assert given["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{SETTINGS.kafka.brokers[0]}"
    assert given["KAFKA_CONTROLLER_LISTENER_NAMES"] in given["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]
    assert f"kafka:{given['KAFKA_LOG_DIRS']}" in SERVICES["kafka"]["volumes"]


def said(unit):
    """The words of a unit's command, without --no-link: in a container the link in the log is the way in."""
    line = re.search(r"^ExecStart=/opt/sparhund/bin/sparhund (.*)$", unit, re.MULTILINE)[1].split()
    return [word for word in line if word != "--no-link"]


def test_every_service_of_systemd_is_here_and_does_the_same():
    assert UNITS.keys() == OURS.keys()
    for name in RUNNING:
        assert OURS[name]["command"] == said(UNITS[name]), name


def test_compaction_is_run_when_the_timer_runs_it():
    service = OURS["compact"]
    (script,) = service["command"]
    compile(script, "compact", "exec")
    assert service["entrypoint"] == ["python", "-c"]
    command = json.loads(re.search(r"subprocess\.run\((\[.*?\])", script)[1])
    assert command == ["sparhund", *said(UNITS["compact"])]
    timer = (FOLDER / "systemd" / "sparhund-compact.timer").read_text()
    hour, minute = re.search(r"OnCalendar=\S+ (\d+):(\d+):00 UTC", timer).groups()
    second = re.search(r"\((\d+) - time\.time\(\)\) % 86400", script)[1]
    assert int(second) == int(hour) * 3600 + int(minute) * 60


def test_the_municipalitys_tables_can_be_read_and_are_mounted_where_the_settings_say():
    assert "assets" in knowledge.tables(SETTINGS, knowledge.load(SETTINGS, None))
    places = [*SETTINGS.register.assets, SETTINGS.people.folder, SETTINGS.context.folder]
    assert all(place.is_relative_to(FOLDER / "municipality") for place in places)
    for service in OURS.values():
        volumes = dict(volume.split(":")[:2] for volume in service["volumes"])
        assert volumes["./municipality"] == str(Path(volumes["./compose.toml"]).parent / "municipality")


@pytest.mark.parametrize("name", RUNNING)
def test_our_services_are_commands_whose_settings_and_lake_are_mounted(name):
    service = OURS[name]
    shown = CliRunner().invoke(cli, [service["command"][0], "--help"])
    assert shown.exit_code == 0, shown.output
    assert service["command"][0] == name
    volumes = dict(volume.split(":")[:2] for volume in service["volumes"])
    assert SETTINGS.lake.root.is_relative_to(volumes["lake"])
    assert volumes["./compose.toml"] == service["command"][2]
    assert (FOLDER / "compose.toml").exists()
    port = getattr(SETTINGS.operations, name).rpartition(":")[2]
    assert f"127.0.0.1:{port}/readyz" in service["healthcheck"]["test"][3]


def test_prometheus_asks_each_of_them():
    config = yaml.safe_load((FOLDER / "prometheus" / "compose.yml").read_text())
    (targets,) = [each["targets"] for each in config["scrape_configs"][0]["static_configs"]]
    assert sorted(targets) == sorted(
        f"{name}:{getattr(SETTINGS.operations, name).rpartition(':')[2]}" for name in RUNNING
    )
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["prometheus"]["volumes"])
    assert f"--config.file={mounts['./prometheus']}/compose.yml" in SERVICES["prometheus"]["command"]


def test_what_is_published_is_listened_to_and_only_for_this_machine():
    published = {}
    for port in SERVICES["collect"]["ports"]:
        host, outer, inner = port.split(":")
        number, _, protocol = inner.partition("/")
        assert (host, outer) == ("127.0.0.1", number)
        published[int(number), protocol] = True
    listened = {
        (each.address[1], "udp" if type(each).__name__ == "SyslogUdp" else "tcp"): True
        for each in SETTINGS.collect.values()
    }
    assert published == listened


def test_named_volumes_are_declared_and_used():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service["volumes"]
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])


def test_the_image_holds_all_that_is_installed():
    """Each folder that the package is made of, and the version of Python that is tested first."""
    text = (FOLDER / "Containerfile").read_text()
    packages = re.search(r"include = \[(.*?)\]", (FOLDER.parent / "pyproject.toml").read_text())[1]
    for folder in re.findall(r'"(\w+)\*"', packages):
        assert f"COPY {folder} {folder}\n" in text
    wanted = re.search(r'requires-python = ">=([\d.]+)"', (FOLDER.parent / "pyproject.toml").read_text())[1]
    assert f"FROM python:{wanted}" in text
    assert SETTINGS.lake.root.is_relative_to(re.search(r"VOLUME (\S+)", text)[1])


def test_grafana_is_given_its_sources_and_dashboards():
    service = SERVICES["grafana"]
    mounts = dict(volume.split(":")[:2] for volume in service["volumes"])
    provisioning = FOLDER / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "sparhund.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "sparhund.yaml").read_text())["providers"]
    assert mounts["./grafana/provisioning"] == "/etc/grafana/provisioning"
    assert mounts["../dashboards/grafana/json"] == provider["options"]["path"]
    boards = [json.loads(path.read_text()) for path in (FOLDER.parent / "dashboards" / "grafana" / "json").iterdir()]
    named = {(panel["datasource"]["uid"], panel["datasource"]["type"]) for board in boards for panel in board["panels"]}
    assert named == {(source["uid"], source["type"]) for source in sources}
    infinity = next(source for source in sources if source["uid"] == "sparhund-api")
    assert infinity["type"] in service["environment"]["GF_PLUGINS_PREINSTALL"].split(",")
    # It shares the network of `serve`, which answers its own machine alone, and has its token from a secret.
    assert service["network_mode"] == "service:serve"
    assert infinity["url"] == f"http://{SETTINGS.serve.listen}" == infinity["jsonData"]["allowedHosts"][0]
    assert infinity["jsonData"]["timeoutInSeconds"] > SETTINGS.serve.limit_s
    token = re.fullmatch(r"\$__file{/run/secrets/(.*)}", infinity["secureJsonData"]["bearerToken"])[1]
    assert token in service["secrets"]
    assert set(service["secrets"]) == set(COMPOSE["secrets"])
    assert SERVICES["serve"]["ports"] == ["127.0.0.1:3000:3000"]
