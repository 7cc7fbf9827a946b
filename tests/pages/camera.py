"""What the camera of somebody's phone reads from a screen: a QR code, as the page has painted it."""

import io
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator

PAGES = Path(__file__).parents[2] / "dispatch/pages"
NODE = Path(sys.executable).parent / "node"
_READS = """
import decodeQR from "qr/decode.js";
const [width, height] = process.argv.slice(1).map(Number);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
process.stdout.write(decodeQR({ width, height, data: new Uint8Array(Buffer.concat(chunks)) }));
"""


def read_by_camera(element: Locator) -> str:
    """The text of the QR code that an element shows. Raises `CalledProcessError` when no camera would find one."""
    picture = Image.open(io.BytesIO(element.screenshot())).convert("RGBA")
    command = [str(NODE), "--input-type=module", "--eval", _READS, str(picture.width), str(picture.height)]
    return subprocess.run(command, cwd=PAGES, input=picture.tobytes(), capture_output=True, check=True).stdout.decode()
