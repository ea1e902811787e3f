"""The shop's first screen as a telephone gets it: ``python benchmarks/shop.py [--json FILE] [--no-lighthouse]``.

The demo winery is loaded and served as ``tirage serve`` does, and a customer who is signed in opens her offer with an
empty cache. Prints a line of JSON: ``offer_kb``, what came over the line beside labels, by kind in ``offer_parts``;
``layout_shift``, how much of the page moved at 390 pixels while its fonts took their time (the web's own measure,
0 to 1); ``lighthouse``, Google's four scores of each page with its mobile throttling: performance, accessibility, best
practices, search engines. Lighthouse comes from npm into ``var/lighthouse``; without npm it says so and fails.
Scores of performance are worth something on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from tirage.bench.processes import free_port  # noqa: E402 - where the sources are is said above

CHROMIUM = os.environ.get("TIRAGE_CHROMIUM") or "/usr/bin/chromium"
TELEPHONE = {"width": 390, "height": 844}
WHO = "Margaret Holm"
PAGES = {"offer": "/offer/", "checkout": "/checkout/"}
FONTS_MS = 1_500
LABELS = "/labels/"
_SHIFTS = """() => { window.shift_ = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
if (!entry.hadRecentInput) window.shift_ += entry.value }).observe({ type: 'layout-shift', buffered: true }) }"""


def measure(*, with_lighthouse: bool) -> dict[str, Any]:
    """Of a demo winery of its own."""
    with tempfile.TemporaryDirectory(prefix="tirage-benchmark-") as folder, _winery(Path(folder)) as link:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            home, cookies = _signed_in(browser, link)
            figures = _weigh(browser, home, cookies) | {"layout_shift": _shift(browser, home, cookies)}
            browser.close()
        if with_lighthouse:
            figures["lighthouse"] = {name: _score(home + path, cookies) for name, path in PAGES.items()}
    return figures


@contextmanager
def _winery(folder: Path) -> Iterator[str]:
    """Serves it; the link that signs the customer in."""
    words = [sys.executable, "-u", "-m", "tirage", "demo", "--port", str(free_port())]
    environment = os.environ | {"TIRAGE_VAR": str(folder), "TIRAGE_MODE": "demo"}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield _link_said_by(server)
        finally:
            server.terminate()


def _link_said_by(server: subprocess.Popen[str]) -> str:
    """What the demo prints below the customer's name, once everything it says was said."""
    link, is_hers = "", False
    for line in server.stdout or ():
        if is_hers and not link:
            link = line.strip()
        is_hers = WHO in line
        if "/dev/mail/" in line:
            break
    if not link:
        raise SystemExit("The demo winery didn't start.")
    _wait_for(link)
    return link


def _wait_for(link: str) -> None:
    """Until the shop answers: its worker begins with much to do."""
    for _ in range(60):
        try:
            with urlopen("/".join(link.split("/")[:3]) + "/readyz", timeout=5):
                return
        except OSError:
            time.sleep(1)
    raise SystemExit("The demo winery doesn't answer.")


def _signed_in(browser: Browser, link: str) -> tuple[str, list[Any]]:
    """The shop's address, and the cookies of a customer who holds the bottles that her offer starts with."""
    page = browser.new_page(viewport=TELEPHONE)  # type: ignore[arg-type]
    page.goto(link)
    page.locator(".action-bar").get_by_role("button", name=re.compile("^Take")).click()
    page.wait_for_url("**/checkout/")
    return "/".join(page.url.split("/")[:3]), page.context.cookies()


def _fresh(browser: Browser, cookies: list[Any]) -> Page:
    """A telephone that knows who it is and has nothing else."""
    context = browser.new_context(viewport=TELEPHONE, device_scale_factor=2)  # type: ignore[arg-type]
    context.add_cookies(cookies)
    return context.new_page()


def _weigh(browser: Browser, home: str, cookies: list[Any]) -> dict[str, Any]:
    """Bytes over the line of a first visit, headers included, as the browser counted them."""
    page, sizes, names = _fresh(browser, cookies), {}, {}
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.responseReceived", lambda said: names.update({said["requestId"]: said}))
    line.on(
        "Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]})
    )
    page.goto(home + PAGES["offer"], wait_until="networkidle")
    parts: dict[str, float] = {}
    for request, size in sizes.items():
        if request in names and LABELS not in names[request]["response"]["url"]:
            parts[names[request]["type"]] = parts.get(names[request]["type"], 0) + size / 1000
    page.context.close()
    return {
        "offer_kb": round(sum(parts.values()), 1),
        "offer_parts": {kind.lower(): round(size, 1) for kind, size in sorted(parts.items())},
    }


def _shift(browser: Browser, home: str, cookies: list[Any]) -> float:
    """How much moved until the fonts, which are slow, and everything else were there."""
    page = _fresh(browser, cookies)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(FONTS_MS)
        route.continue_()

    page.route("**/*.woff2", slowly)
    page.add_init_script(f"({_SHIFTS})()")
    page.goto(home + PAGES["offer"], wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(500)
    moved = float(page.evaluate("window.shift_"))
    page.context.close()
    return round(moved, 4)


def _score(address: str, cookies: list[Any]) -> dict[str, int]:
    """Lighthouse's scores of 100 for a telephone on its slow line."""
    said = ROOT / "var" / "lighthouse" / "said.json"
    headers = json.dumps({"Cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies)})
    command = [
        str(_lighthouse()),
        address,
        "--quiet",
        "--output=json",
        f"--output-path={said}",
        f"--extra-headers={headers}",
        "--disable-storage-reset=false",
        "--chrome-flags=--headless --no-sandbox",
    ]
    subprocess.run(command, check=True, env=os.environ | {"CHROME_PATH": CHROMIUM}, timeout=300)
    categories = json.loads(said.read_text())["categories"]
    return {name: round((one["score"] or 0) * 100) for name, one in categories.items()}


def _lighthouse() -> Path:
    """The program, fetched once into a folder of its own."""
    folder = ROOT / "var" / "lighthouse"
    program = folder / "node_modules" / ".bin" / "lighthouse"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("Lighthouse needs npm (on Debian: apt-get install npm), or say --no-lighthouse.")
        folder.mkdir(parents=True, exist_ok=True)
        words = [npm, "install", "--no-fund", "--no-audit", "--no-package-lock", "lighthouse@12"]
        subprocess.run(words, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, help="also written to this file")
    parser.add_argument("--no-lighthouse", action="store_true", help="leave npm and its scores out")
    asked = parser.parse_args()
    line = json.dumps(measure(with_lighthouse=not asked.no_lighthouse))
    print(line)
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(line + "\n")


if __name__ == "__main__":
    main()
