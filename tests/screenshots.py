"""Pictures of the pages for the README, taken of the demonstration's municipality.

python -m tests.screenshots [FOLDER]      by default docs/screenshots
"""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner
from playwright.sync_api import Page, sync_playwright

from analytics.installation import installation
from dashboards.cli import cli
from dashboards.server.app import make, opened
from ingest.simulator.simulation import simulate
from tests.dashboards.serving import serving
from tests.dashboards.web.browsing import launched, sign_in, state_purpose

PEOPLE, DAYS, SEED = 600, 7, 1
SIZE = {"width": 1280, "height": 860}


def main(out: Path) -> None:
    """Write a PNG for each of the pages that the README shows."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "town"
        simulate(folder, people=PEOPLE, days=DAYS, seed=SEED)
        config = folder / "settings.toml"
        for command in ("ingest", "detect"):
            CliRunner().invoke(cli, [command, "--config", str(config)], catch_exceptions=False)
        desk = opened(installation(None, config))
        incidents = json.loads((folder / "truth" / "incidents.json").read_text(encoding="utf-8"))
        number = next(each["subject"] for each in incidents if each["subject"])
        with serving(make(desk)) as server, sync_playwright() as playwright:
            browser = launched(playwright)
            page = browser.new_context(base_url=server.address, locale="sv-SE", viewport=SIZE).new_page()
            sign_in(page, f"/signin?code={desk.store.add_link('karin.oberg', datetime.now(UTC))}")
            state_purpose(page, server.address)
            _take(page, out, number)
            browser.close()


def _take(page: Page, out: Path, number: str) -> None:
    def shot(name: str) -> None:
        page.screenshot(path=out / f"{name}.png")

    page.goto("/")
    page.get_by_role("searchbox").fill(number)
    page.get_by_role("button", name="Sök").click()
    page.wait_for_url("**/subject/**")
    shot("subject")
    page.goto("/findings")
    page.locator("a[href^='/finding/']").first.click()
    shot("finding")
    page.goto("/threats")
    shot("threats")
    page.goto("/health")
    shot("health")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/screenshots"))
