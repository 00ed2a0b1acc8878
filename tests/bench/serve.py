# ruff: noqa: T201 - a bench prints
"""Pages and API over a large lake, by the commands as they run in production, while records come in.

    python -m tests.bench.serve [EVENTS [SECONDS [FOLDER]]]

The lake is that of tests.bench.questions, made once in FOLDER. `sparhund serve` answers, `sparhund ingest --follow`
reads a log that grows beside. First needle questions of the API as fast as they are answered, four at once; then pages
as ten users open them, each with some seconds between two.
"""

import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from ingest.torture.ports import free_port
from tests.bench import questions

GOALS = {"requests_s": 50, "page_p95_s": 0.3}
_MONTH = "start=2025-05-09&stop=2025-06-08"  # pages begin with the last month of data; the log that grows is of today
THINK_S, USERS, CLIENTS = 3.0, 10, 4
RECORDS_A_SECOND = 200
SETTINGS = """
[lake]
root = "{root}"
[people]
folder = "people"
[serve]
listen = "127.0.0.1:{port}"
requests_per_s = 1000000
burst = 1000000
[sources.web]
mapping = "web_access"
zone = "Europe/Stockholm"
paths = ["{folder}/growing.log"]
"""
_SPARHUND = [sys.executable, "-W", "ignore", "-m", "dashboards.cli"]


def main(events: int = 10_000_000, seconds: int = 60, folder: Path | None = None) -> None:
    """Print requests a second, and the pages' times, beside the goals."""
    lake = folder or Path(tempfile.gettempdir()) / f"sparhund-bench-{events}"
    if not (lake / "lake.json").exists():
        lake.mkdir(exist_ok=True)
        questions.make(lake, events)
    with tempfile.TemporaryDirectory() as made, _served(Path(made), lake) as (address, link, token):
        api(address, token, seconds)
        pages(address, link, seconds)


@contextmanager
def _served(folder: Path, lake: Path) -> Iterator[tuple[str, str, str]]:
    """Address, a link to sign in, and a token."""
    port = free_port()
    config = folder / "settings.toml"
    config.write_text(SETTINGS.format(root=lake, port=port, folder=folder), encoding="utf-8")
    (folder / "people").mkdir()
    (folder / "people" / "people.csv").write_text("person\n" + "".join(f"p{n}\n" for n in range(21, 2000)))
    accounts = "".join(f"user{n},p{n}\n" for n in range(21, 2000))
    (folder / "people" / "accounts.csv").write_text("account,person\n" + accounts)
    (folder / "growing.log").touch()
    name = f"bench{time.time_ns()}"
    words = [*_SPARHUND, "token", "add", name, "--scope", "read", "--purpose", "bench", "--config", str(config)]
    token = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    server = subprocess.Popen([*_SPARHUND, "serve", "--config", str(config)], stdout=subprocess.PIPE, text=True)
    writer = subprocess.Popen([*_SPARHUND, "ingest", "--follow", "--config", str(config)], stdout=subprocess.DEVNULL)
    stop = threading.Event()
    growing = threading.Thread(target=_grow, args=(folder / "growing.log", stop))
    growing.start()
    try:
        assert server.stdout is not None
        server.stdout.readline()
        link = server.stdout.readline().strip()
        time.sleep(30)  # it learns what its files hold
        yield f"http://127.0.0.1:{port}", link, token
    finally:
        stop.set()
        growing.join()
        for process in (server, writer):
            process.terminate()
            process.wait(60)


def _grow(path: Path, stop: threading.Event) -> None:
    number = 0
    with path.open("ab") as file:
        while not stop.wait(0.1):
            for _ in range(RECORDS_A_SECOND // 10):
                said = time.strftime("%d/%b/%Y:%H:%M:%S +0100")
                who = f"10.20.1.{number % 250} - anna.{number % 2000}"
                file.write(f'{who} [{said}] "GET /akt/{number} HTTP/1.1" 200 9 "-" "-"\n'.encode())
                number += 1
            file.flush()


def api(address: str, token: str, seconds: int) -> None:
    """Needle questions: one object, one person concerned, one employee's week."""
    until = time.monotonic() + seconds
    headers = {"Authorization": f"Bearer {token}"}

    def ask(client_number: int) -> list[tuple[float, int]]:
        chance = random.Random(client_number)
        found = []
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            while time.monotonic() < until:
                began = time.monotonic()
                status = client.get(f"/api/v1/questions/{_needle(chance)}").status_code
                found.append((time.monotonic() - began, status))
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        took = [each for part in pool.map(ask, range(CLIENTS)) for each in part]
    _say("needles", took)
    print(f"  {len(took) / seconds:.1f} requests/s (goal {GOALS['requests_s']})", flush=True)


def _needle(chance: random.Random) -> str:
    match chance.randrange(3):
        case 0:
            return f"who_accessed_object?object_id=obj{chance.randrange(3_000_000)}"
        case 1:
            return f"events?object_id=obj{chance.randrange(3_000_000)}&action=read"
        case _:
            return f"events?actor_person=p{chance.randrange(21, 2000)}&start=2025-06-02&stop=2025-06-02"


def pages(address: str, link: str, seconds: int) -> None:
    """Ten users, each at another page every few seconds."""
    with httpx.Client(base_url=address, timeout=60) as client:
        code = link.partition("code=")[2]
        client.post("/signin", data={"code": code})
        csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/purpose").text)
        assert csrf is not None
        client.post("/purpose", data={"csrf": csrf[1], "purpose": "bench", "next": "/"})
        cookies = dict(client.cookies)
    until = time.monotonic() + seconds

    def use(user: int) -> list[tuple[str, float, int, int]]:
        chance = random.Random(user)
        found = []
        with httpx.Client(base_url=address, cookies=cookies, timeout=60) as client:
            while time.monotonic() < until:
                time.sleep(chance.uniform(0, 2 * THINK_S))
                kind, path = chance.choice(_addresses(chance))
                began = time.monotonic()
                answer = client.get(path, follow_redirects=True)
                found.append((kind, time.monotonic() - began, answer.status_code, len(answer.content)))
        return found

    with ThreadPoolExecutor(USERS) as pool:
        took = [each for part in pool.map(use, range(USERS)) for each in part]
    _say("pages", [(each[1], each[2]) for each in took])
    for kind in sorted({each[0] for each in took}):
        mine = [each for each in took if each[0] == kind]
        times = [each[1] for each in mine]
        largest = max(each[3] for each in mine) // 1024
        p50, p95 = np.quantile(times, [0.5, 0.95])
        print(f"  {kind:9} {len(mine):4} pages p50 {p50:.2f} s, p95 {p95:.2f} s, {largest} KiB")


def _addresses(chance: random.Random) -> list[tuple[str, str]]:
    person, thing = chance.randrange(21, 2000), chance.randrange(3_000_000)
    host = chance.randrange(2000)
    return [
        ("start", "/"),
        ("person", f"/person/p{person}?{_MONTH}"),
        ("object", f"/object?system=sys{thing % 12}&object_type=journal&object_id=obj{thing}"),
        ("subject", f"/subject/p_{chance.getrandbits(128):032x}"),
        ("address", f"/address/10.{host % 200}.{host % 250}.1?{_MONTH}"),
        ("events", f"/question/events?actor_person=p{person}&start=2025-06-02&stop=2025-06-06&ask=1"),
        ("findings", "/findings"),
        ("health", "/health"),
    ]


def _say(what: str, took: list[tuple[float, int]]) -> None:
    times = [seconds for seconds, _ in took]
    statuses = dict(Counter(status for _, status in took))
    p50, p95 = np.quantile(times, [0.5, 0.95])
    print(
        f"{what}: {len(took)} answers {statuses}, p50 {p50:.3f} s, p95 {p95:.3f} s, most {max(times):.3f} s", flush=True
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*(int(text) for text in given[:2]), *(Path(text) for text in given[2:3]))
