"""Make the pictures of `docs/screens/`, from a demo that really runs: every page, in each of its states.

    .venv/bin/python deploy/screenshots.py [PART OF A NAME ...] [--sheets FOLDER]

Each state is seen by four readers: English and Chinese, at a desk and on a phone, light and dark. `deploy/screens.py`
is the list of the states. With names only the pictures whose name contains one of them are made anew; `--sheets` puts
the four of each state side by side in a folder, to be looked at.
"""

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Error, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy import screens_doors, screens_points, screens_stock  # noqa: F401 - their scenes join the others
from deploy.screens import SCENES, Scene, Stage
from deploy.setup import ROOT, chromium

SCREENS = ROOT / "docs" / "screens"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
READERS: dict[str, dict[str, Any]] = {
    "en-desk": {"locale": "en-GB", "color_scheme": "light", "viewport": DESK},
    "zh-desk-dark": {"locale": "zh-CN", "color_scheme": "dark", "viewport": DESK},
    "zh-phone": {"locale": "zh-CN", "color_scheme": "light", "viewport": PHONE, "has_touch": True},
    "en-phone-dark": {"locale": "en-GB", "color_scheme": "dark", "viewport": PHONE, "has_touch": True},
}
COLOURS = 96
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NO_WEBGL = ("--disable-3d-apis",)
TOWN = ("--city", "generate:3km:7", "--speed", "6", "--couriers", "24", "--orders-per-hour", "160")
PATIENCE_MS = 60_000
SETTLE_MS = 1_200


def main() -> int:
    """Take the pictures; returns the exit status."""
    asked = argparse.ArgumentParser(description="Take pictures of every page in every state.")
    asked.add_argument("names", nargs="*")
    asked.add_argument("--sheets", type=Path)
    given = asked.parse_args()
    executable = chromium()
    if executable is None:
        sys.stderr.write("Chromium is missing: apt-get install chromium fonts-noto-cjk, or name one in $CHROMIUM.\n")
        return 2
    SCREENS.mkdir(parents=True, exist_ok=True)
    wanted = [each for each in SCENES if not given.names or any(part in each.name for part in given.names)]
    failed = list[str]()
    with demo() as stage, sync_playwright() as playwright:
        for flags in (WEBGL, NO_WEBGL):
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", *flags])
            here = [each for each in wanted if each.webgl == (flags == WEBGL)]
            failed += [each.name for each in here if not taken(browser, stage, each, given.sheets)]
            browser.close()
    if failed:
        sys.stderr.write(f"Not taken: {', '.join(failed)}.\n")
    return 1 if failed else 0


def taken(browser: Browser, stage: Stage, scene: Scene, sheets: Path | None) -> bool:
    """Whether the scene could be played for every reader; its pictures are written."""
    pictures = []
    for reader, looks in READERS.items():
        page = browser.new_context(**looks).new_page()
        page.set_default_timeout(PATIENCE_MS)
        began_s = time.monotonic()
        try:
            scene.play(stage, page)
        except (Error, AssertionError, httpx.HTTPError) as error:
            sys.stderr.write(f"{scene.name}, {reader}: {error}\n")
            page.screenshot(path=Path(tempfile.gettempdir()) / f"failed-{scene.name}-{reader}.png")
            return False
        finally:
            sys.stdout.write(f"{scene.name}, {reader}: {time.monotonic() - began_s:.1f} s\n")
        page.wait_for_timeout(SETTLE_MS)
        picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
        page.context.close()
        small = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(SCREENS / f"{scene.name}-{reader}.png", optimize=True)
        pictures.append(small.convert("RGB"))
    if sheets is not None:
        sheets.mkdir(parents=True, exist_ok=True)
        side_by_side(pictures).save(sheets / f"{scene.name}.png")
    return True


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """The pictures in a row, all of one height."""
    height = DESK["height"]
    row = [each.resize((each.width * height // each.height, height)) for each in pictures]
    sheet = Image.new("RGB", (sum(each.width for each in row), height))
    left = 0
    for each in row:
        sheet.paste(each, (left, 0))
        left += each.width
    return sheet


@contextmanager
def demo() -> Iterator[Stage]:
    """A running demo; ended afterwards."""
    with tempfile.TemporaryDirectory(prefix="dispatch-screens-") as folder:
        command = [sys.executable, "-m", "simulator", "demo", "--data-dir", folder, "--port", "8790", *TOWN]
        running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        links: dict[str, str] = {}
        try:
            for line in running.stdout or ():
                if found := re.match(r"(Console|Courier app|Customer): (\S+)", line):
                    links[found[1]] = found[2]
                if len(links) == 3:
                    break
            else:
                raise SystemExit("The demo ended before it had anything to show.")
            url, token = re.split(r"/console#token=|&", links["Console"])[:2]
            yield Stage(url, token, links["Customer"], links["Courier app"])
        finally:
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
