"""The register of information assets: read, and changed by a file whose difference is shown first."""

import hashlib
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.installation import OWN
from analytics.question import SWEDEN
from analytics.register_change import COMPARED, Change, Proposal
from dashboards.web import register_format, register_period
from dashboards.web.render import say
from schemas.register import load
from schemas.settings import RegisterSettings
from schemas.tables import ASSETS
from tests.dashboards.conftest import Served
from tests.dashboards.web.browsing import close, sign_in
from tests.dashboards.web.visiting import Visit, visiting

pytestmark = pytest.mark.program("chromium")


@pytest.fixture
def register(own: Served) -> Iterator[Path]:
    """The register's file, which is as it was when the test is over."""
    path = own.folder / "register.toml"
    former = path.read_bytes()
    yield path
    path.write_bytes(former)


@pytest.fixture
def visit(own: Served) -> Iterator[Visit]:
    with visiting(own.address, own.desk, "Prov") as found:
        yield found


def changed(path: Path) -> bytes:
    """The register with one level lower, one asset more and one rule less."""
    text = path.read_text(encoding="utf-8")
    assert "k = 3" in text
    more = '\n[[asset]]\nasset = "nytt"\nname = "Nytt register"\ncontroller = "Socialnämnden"\nk = 2\nr = 1\nt = 1\n'
    more += '[[asset.rule]]\nsystem = "Nya systemet"\n'
    return (text.replace("k = 3", "k = 2", 1) + more).encode()


def upload(visit: Visit, data: bytes, called: str = "register.toml", **form: str) -> httpx.Response:
    return visit.post("/register", {"name": "register.toml"} | form, files={"file": (called, data)})


def acts(own: Served) -> list[dict]:
    blocks = own.home.spool.read(OWN, 0)
    return [json.loads(record) for block in blocks for record in block.records]


@pytest.mark.parametrize("path", ["/register", "/register?k=3"])
def test_the_register_can_be_read_by_all(page: Page, accessible, path: str) -> None:
    page.goto(path)
    page.locator("#change ~ details").first.evaluate("form => form.open = true")
    accessible()
    page.emulate_media(color_scheme="dark")
    accessible()


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_kind_of_file_is_described(tmp_path: Path, language: str) -> None:
    everything = RegisterSettings(
        assets=(tmp_path / "a.toml", tmp_path / "b.json", tmp_path / "c.csv"), rules=(tmp_path / "d.csv",)
    )
    found = list(register_format.formats(everything, language))
    assert [each.kind for each in found] == ["toml", "json", "assets", "rules"]
    told = {key.key for each in found for keys in each.parts.values() for key in keys}
    assert told == register_format.named()
    for each in found:
        for key in (f"register.format.{each.kind}", f"register.format.{each.kind}.what"):
            assert say(language, key)
        for part, keys in each.parts.items():
            assert say(language, f"register.format.part.{part}")
            assert all(key.what and key.value for key in keys)


def test_the_examples_are_one_register(tmp_path: Path) -> None:
    for name, (_, data) in register_format.files().items():
        (tmp_path / name).write_bytes(data)
    toml, js, csv = (tmp_path / f"register.{kind}" for kind in ("example.toml", "example.json", "assets.example.csv"))
    wanted = load(RegisterSettings(assets=(toml,)))
    assert len(wanted.assets) > 2
    for settings in (
        RegisterSettings(assets=(js,)),
        RegisterSettings(assets=(csv,), rules=(tmp_path / "register.rules.example.csv",)),
    ):
        found = load(settings)
        assert found.assets.equals(wanted.assets)
        assert found.rules.equals(wanted.rules)


def test_reads_that_cover_an_asset_lead_to_those_reads(page: Page) -> None:
    page.goto("/register#coverage")
    link = page.locator("#coverage ~ * a[href^='/question/events?']").first
    expect(link).to_have_attribute("href", re.compile(r"reads=true"))


def test_levels_owners_and_what_nobody_can_see_are_told(page: Page) -> None:
    page.goto("/register")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Omsorgsjournaler")).first
    expect(row).to_contain_text("Vård- och omsorgsnämnden")
    expect(row.locator(".badge")).to_have_text(["3", "3", "2", "3"])
    history = page.get_by_role("region", name="Hur klassningen har ändrats").get_by_role("row")
    expect(history.filter(has_text="2022-01-01").filter(has_text="2024-01-01")).to_have_count(1)
    page.get_by_label("Konfidentialitet", exact=True).select_option("0")
    page.get_by_role("button", name="Visa", exact=True).click()
    assert page.url.endswith("/register?controller=&k=0&overdue=")
    expect(page.get_by_role("rowheader", name="Omsorgsjournaler")).to_have_count(0)


def test_a_level_that_would_change_the_history_is_told_with_a_period_from_today(visit: Visit, register: Path) -> None:
    text = register.read_text(encoding="utf-8")
    location = upload(visit, changed(register)).headers["location"]
    page = unescape(visit.get(location).text)
    assert "Ska den nya nivån gälla från i dag?" in page
    lines = page.partition('id="from-today"')[2].partition("<pre")[2].partition(">")[2].partition("</pre>")[0]
    found = tomllib.loads(lines)["asset"][0]
    today = datetime.now(SWEDEN).date().isoformat()
    assert (found["asset"], found["k"], found["valid_from"]) == ("omsorgsjournal", 2, today)
    assert (found["history"][0]["k"], found["history"][0]["valid_to"]) == (3, today)
    # So written, nothing that was is another.
    whole = tomllib.loads(text)["asset"][0]
    start = text.index("[[asset]]")
    end = text.index("[[asset", start + 1)
    head = "\n".join(line for line in text[start:end].splitlines() if not re.match(r"(valid_from|k|r|t|s) ", line))
    period = "\n".join(lines.partition("[[asset.history]]")[0].splitlines()[2:])
    later = f"{head}\n{period}\n[[asset.history]]{lines.partition('[[asset.history]]')[2]}\n{text[end:]}"
    assert whole["asset"] == "omsorgsjournal"
    page = unescape(visit.get(upload(visit, later.encode()).headers["location"]).text)
    assert "Ska den nya nivån gälla från i dag?" not in page
    row = row_of(page, "Omsorgsjournaler (omsorgsjournal)")
    assert row[2:7] == [today, "tills vidare", "3 → 2", "3", "2"]


def row_of(page: str, text: str) -> list[str]:
    """The cells of the first row that has TEXT in one of them."""
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in page.split("<tr>")]
    texts = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows]
    return next(row for row in texts if text in row)


def test_whoever_approves_sees_names_levels_reasons_and_owners_as_they_are_and_would_be(
    visit: Visit, register: Path
) -> None:
    text = register.read_text(encoding="utf-8")
    data = text.replace("k = 3", "k = 2", 1).replace(
        'system_owner = "Avdelningschef hälso- och sjukvård"', 'system_owner = "Avdelningschef digitalisering"', 1
    )
    reason = 'reason = "Hälsouppgifter: röjande eller fel kan ge allvarlig skada för den enskilde"'
    for new, grounds in (
        (data, "Hälsouppgifter: röjande eller fel kan ge allvarlig skada för den enskilde (som förut)"),
        (
            data.replace(reason, 'reason = "Ny bedömning"', 1),
            "Ny bedömning (förut: Hälsouppgifter: röjande eller fel kan ge allvarlig skada för den enskilde)",
        ),
        (
            data.replace(reason + "\n", "", 1),
            "inte angivet (förut: Hälsouppgifter: röjande eller fel kan ge allvarlig skada för den enskilde)",
        ),
    ):
        page = unescape(visit.get(upload(visit, new.encode()).headers["location"]).text)
        assert row_of(page, "tills vidare") == [
            *("ändras", "Omsorgsjournaler (omsorgsjournal)", "2024-01-01", "tills vidare"),
            *("3 → 2", "3", "2", "3", grounds),
            "systemägare: Avdelningschef hälso- och sjukvård → Avdelningschef digitalisering",
        ]
        assert '<td class="high"><bdi>3 → 2</bdi>' in page
        assert ('<td class="warn"' in page) is ("Ny bedömning" not in new)


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_period_from_today_in_the_files_own_form(tmp_path: Path, kind: str) -> None:
    row = dict.fromkeys(ASSETS.schema.names) | {
        "asset": "akt", "name": "Akter", "k": 3, "r": 2, "t": 1, "reason": "Sekretess",
        "valid_from": datetime(2023, 12, 31, 23, tzinfo=UTC),
    }  # fmt: skip
    lower = {name: row[name] for name in COMPARED} | {"k": 2}
    change = Change("period", "changed", "akt", row["valid_from"], None, row, lower)
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    proposal = Proposal(tmp_path / f"register.{kind}", b"", "", (change,))
    ((name, text),) = register_period.suggested(proposal, [row], now)
    assert name == "Akter"
    before = {"k": 3, "r": 2, "t": 1, "reason": "Sekretess", "valid_from": "2024-01-01", "valid_to": "2026-03-01"}
    later = {"asset": "akt", "k": 2, "r": 2, "t": 1, "valid_from": "2026-03-01"}
    if kind == "json":
        assert json.loads(text) == later | {"history": [before]}
    else:
        assert [line.split(";") for line in text.splitlines()] == [
            ["asset", "k", "r", "t", "s", "reason", "valid_from", "valid_to"],
            ["akt", "3", "2", "1", "", "Sekretess", "2024-01-01", "2026-03-01"],
            ["akt", "2", "2", "1", "", "", "2026-03-01", ""],
        ]
    # What is over, or begins today, is no history that is rewritten.
    ended = [row | {"valid_to": datetime(2025, 1, 1, tzinfo=UTC)}]
    assert list(register_period.suggested(proposal, [], now)) == [], "somebody else has taken the asset away since"
    if kind == "csv":
        text_file = Proposal(tmp_path / "register.TXT", b"", "", (change,))
        assert list(register_period.suggested(text_file, [row], now)) == [(name, text)]
    assert list(register_period.suggested(proposal, ended, now)) == []
    new = row | {"valid_from": datetime(2026, 2, 28, 23, tzinfo=UTC)}
    begun = Proposal(proposal.path, b"", "", (replace(change, valid_from=new["valid_from"]),))
    assert list(register_period.suggested(begun, [new], now)) == []


def test_what_logged_reads_are_counted_by_is_told_with_what_shares_say(visit: Visit) -> None:
    assets = visit.get("/register").text.partition('id="assets"')[2].partition("</section>")[0]
    assert "Loggad läsning i IT-systemet" in assets
    assert '<a href="/question/coverage_by_share">' in assets


def test_a_changed_register_is_shown_approved_and_in_force(browser: Browser, own: Served, register: Path) -> None:
    before, new = register.read_bytes(), changed(register)
    context = browser.new_context(base_url=own.address, locale="sv-SE")
    page = context.new_page()
    sign_in(page, own.link())
    page.goto("/register")
    page.get_by_label("Ny fil", exact=True).set_input_files(
        {"name": "v2.toml", "mimeType": "text/plain", "buffer": new}
    )
    page.get_by_role("button", name="Visa skillnaden").click()
    table = page.get_by_role("table").first
    expect(table.get_by_role("row").filter(has_text="Omsorgsjournaler")).to_contain_text("3 → 2")
    expect(page.get_by_text("Nya tillgångar: 1")).to_be_visible()
    expect(page.get_by_text("Lägre nivå, så")).to_contain_text("Omsorgsjournaler (omsorgsjournal)")
    expect(page.get_by_text("tills de räknas om")).to_be_visible()
    assert register.read_bytes() == before
    page.reload()  # the difference stays
    page.get_by_role("button", name="Godkänn och lägg in").click()
    expect(page.get_by_role("status")).to_contain_text("register.toml är ersatt")
    assert register.read_bytes() == new
    assert before in [path.read_bytes() for path in register.parent.glob("register.toml.*Z*")]
    page.goto("/register")
    expect(page.get_by_role("rowheader", name="Nytt register")).to_be_visible()
    done = [act for act in acts(own) if act["question"] == "register change"]
    assert [act["act"] for act in done[-2:]] == ["asked", "decided"]
    assert done[-1]["account"] == "karin"
    assert done[-1]["params"]["changes"] == done[-1]["rows"] > 2
    close(context)


def test_pages_of_a_change_can_be_used_by_all(page: Page, accessible, served: Served) -> None:
    page.goto("/register")
    file = {"name": "a.toml", "mimeType": "text/plain", "buffer": changed(served.folder / "register.toml")}
    page.get_by_label("Ny fil", exact=True).set_input_files(file)
    page.get_by_role("button", name="Visa skillnaden").click()
    accessible()
    page.get_by_role("button", name="Avbryt").click()
    file["buffer"] = b"k = 4"
    page.get_by_label("Ny fil", exact=True).set_input_files(file)
    page.get_by_role("button", name="Visa skillnaden").click()
    expect(page.get_by_role("alert")).to_contain_text("Inget har ändrats")
    accessible()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("k = 3", "k = 4", ["tillgång nr 1 (omsorgsjournal)", "nivå 4 hör till säkerhetsskydd"]),
        ('asset = "patientoversikt"', 'asset = "omsorgsjournal"', ["tillgång nr 2 (omsorgsjournal)", "överlappar"]),
        ('valid_to = "2024-01-01"', 'valid_to = "2021-01-01"', ["tidigare period nr 1", "är inte senare än"]),
        ("k = 3", 'k = "<script>alert(1)</script>"', ["konfidentialitet"]),
        ("[[asset]]", "\x00\xff", ["Den uppladdade filen är inte TOML"]),
        ('name = "', 'name = "Akt 19121212-1212 ', ["tillgång nr 1", "ser ut som ett personnummer"]),
        ("[[asset]]", "# Se 19121212-1212\n[[asset]]", ["kommentaren", "ser ut som ett personnummer"]),
        ("[[asset]]", "[[asset", ["Den uppladdade filen är inte TOML, se rad "]),
        ('asset = "omsorgsjournal"\n', "", ["tillgång nr 1: <code>asset</code> (informationstillgång): saknas"]),
        ("k = 3", "k = 3\nunit = 3", ["tillgång nr 1 (omsorgsjournal): <code>unit</code>: okänd uppgift här"]),
        ("k = 3", "k = 3\n'19121212-1212' = 3", ["tillgång nr 1 (omsorgsjournal): en nyckel: okänd uppgift här"]),
        ("lagrum = [", "lagrum = [1, ", ["tillgång nr 1", "<code>lagrum</code>: ska vara en text"]),
        ("[[asset.rule]]\n", "[[asset.rule]]\n[[asset.rule]]\n", ["regel nr 1: <code>rule</code>: är tomt"]),
    ],
)  # fmt: skip
def test_a_file_in_fault_is_refused_with_its_place(visit: Visit, register: Path, old, new, said) -> None:
    answer = upload(visit, register.read_text(encoding="utf-8").replace(old, new, 1).encode())
    assert answer.status_code == 400
    for text in (*said, "Inget har ändrats"):
        assert text in answer.text
    assert "<script>alert" not in answer.text
    assert "19121212" not in answer.text
    assert str(register.parent) not in answer.text


def test_the_file_in_force_can_be_had_as_it_is_and_that_is_recorded(own: Served, visit: Visit, register: Path) -> None:
    page = visit.get("/register").text
    assert f'href="/register/file?name={register.name}"' in page
    answer = visit.get(f"/register/file?name={register.name}")
    assert answer.content == register.read_bytes()
    assert register.name in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith("attachment")
    asked, answered = acts(own)[-2:]
    assert (asked["act"], answered["act"], answered["rows"]) == ("asked", "answered", 1)
    assert answered["question"] == "register file"
    assert answered["params"] == {"file": register.name, "sha256": hashlib.sha256(answer.content).hexdigest()}
    assert answered["account"] == "karin"


def test_no_other_file_can_be_had(own: Served, visit: Visit) -> None:
    before = acts(own)
    for name in ("settings.toml", "../settings.toml", str(own.folder / "settings.toml"), ""):
        assert visit.get(f"/register/file?name={name}").status_code == 400
    assert visit.get("/register/file").status_code == 400
    assert visit.get("/register/format/settings.toml").status_code == 404
    assert visit.get("/register/format/..%2Fevent.py").status_code == 404
    assert acts(own) == before
    token = httpx.get(f"{own.address}/register/file?name=register.toml", headers={"Authorization": "Bearer x"})
    assert token.status_code == 401


def test_what_a_file_holds_stands_beside_with_an_example_that_is_taken(visit: Visit) -> None:
    page = visit.get("/register").text
    for key in register_format.named() - {"kind", "pattern"}:
        assert f"<code>{key}</code>" in page
    example = visit.get("/register/format/register.example.toml")
    assert upload(visit, example.content).status_code == 303
    assert escape(example.text.strip(), quote=False) in page.replace("&#34;", '"')
    assert visit.get("/register/format/register.schema.json").json()["required"] == ["asset"]


def test_a_file_in_another_encoding_is_told_so(visit: Visit) -> None:
    answer = upload(visit, 'name = "Åtgärder"'.encode("latin-1"))
    assert answer.status_code == 400
    assert "Den uppladdade filen är inte text i UTF-8" in answer.text


@pytest.mark.parametrize("name", ["a.csv", "../../../etc/passwd", "\u202egnp.toml.exe", "x" * 1_000])
def test_a_file_of_another_kind_is_refused_and_its_name_shown_nowhere(visit: Visit, register: Path, name: str) -> None:
    answer = upload(visit, register.read_bytes(), name)
    assert answer.status_code == 400
    assert "av samma slag" in answer.text
    assert name not in answer.text
    assert len(answer.content) < 300_000


def test_names_in_a_file_are_texts_whatever_they_hold(visit: Visit, register: Path) -> None:
    hostile = 'name = "<img src=x onerror=alert(1)>\\u202Ex"'
    data = register.read_text(encoding="utf-8").replace('name = "Omsorgsjournaler"', hostile, 1)
    answer = visit.get(upload(visit, data.encode()).headers["location"])
    assert "<img" not in answer.text
    assert "&lt;img src=x" in answer.text
    assert "\u202e" not in answer.text


def test_a_form_that_is_not_ours_changes_nothing(own: Served, visit: Visit, register: Path) -> None:
    before = register.read_bytes()
    assert upload(visit, before, csrf="x").status_code == 403
    there = upload(visit, changed(register)).headers["location"]
    assert visit.post(there, {"csrf": "x", "answer": "yes"}).status_code == 403
    with visiting(own.address, own.desk) as other:
        assert other.post(there, {"answer": "yes"}).status_code == 410
    assert register.read_bytes() == before


def test_a_file_that_is_none_of_the_registers_can_not_be_replaced(visit: Visit, register: Path) -> None:
    for name in ("settings.toml", "../settings.toml", str(register), ""):
        assert upload(visit, register.read_bytes(), name=name).status_code == 400
    assert visit.post("/register", {"name": "register.toml"}).status_code == 400


def test_of_two_who_change_it_the_later_is_told(own: Served, visit: Visit, register: Path) -> None:
    there = upload(visit, changed(register)).headers["location"]
    with visiting(own.address, own.desk) as other:
        second = upload(other, register.read_bytes() + b"# min\n").headers["location"]
        assert other.post(second, {"answer": "yes"}).status_code == 200
    answer = visit.post(there, {"answer": "yes"})
    assert answer.status_code == 409
    assert "någon annan har ändrat filen" in answer.text
    assert register.read_bytes().endswith(b"# min\n")


def test_of_ten_who_approve_at_once_one_does(own: Served, register: Path) -> None:
    answers: list[int] = []

    def approve(number: int) -> None:
        with visiting(own.address, own.desk) as mine:
            there = upload(mine, register.read_bytes() + f"# {number}\n".encode()).headers["location"]
            ready.wait(30)
            answers.append(mine.post(there, {"answer": "yes"}).status_code)

    ready = threading.Barrier(4)
    threads = [threading.Thread(target=approve, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200, 409, 409, 409]


def test_a_file_of_a_gigabyte_is_refused_unread(visit: Visit) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * (1 << 20)

    headers = {"content-length": str(1 << 30), "content-type": "multipart/form-data; boundary=x"}
    answer = visit.client.post("/register", content=endless(), headers=headers)
    assert answer.status_code == 413


def test_only_overdue_reviews_are_shown_by_the_address(own: Served, visit: Visit) -> None:
    rows = own.desk.home.tables()["assets"].to_pylist()
    now = datetime.now(UTC)
    late = {
        row["asset"]
        for row in rows
        if row["next_review"] and row["next_review"] < now and (row["valid_to"] is None or row["valid_to"] > now)
    }
    page = visit.get("/register?overdue=1")
    assert set(re.findall(r'<th scope="row"><a href="/asset/([^"]+)"', page.text)) == late
    assert late
    assert f"{len(late)} av " in page.text
    assert visit.get("/register?overdue=yes").status_code == 400
