"""The harness of the live layer's benchmark: a C load generator and peers' servers, kept outside of this project.

It is copied into a temporary folder, built and run there. It drives every server over real sockets: each courier sends
positions on a schedule, each has watchers, one more sees everything, and latency counts from the moment at which a
position was due. What cannot be had here is said in one line each (`missing`).
"""

import asyncio
import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.domain.geo import Point
from simulator.benchmarks.live_scene import SPREAD_DEG, ZONE, Scene

PEERS: dict[str, tuple[str, ...]] = {
    "mosquitto": ("mosquitto",),
    "nats": ("nats-server",),
    "node-ws": ("node", "npm"),
    "socketio": ("node", "npm"),
    "asgi-hub": ("redis-server",),
    "naive": ("redis-server",),
}
"""The peers by the harness's names, and the programs that each needs."""
NODE_PEERS = ("node-ws", "socketio")
SYSTEM_FOLDERS = "/usr/sbin:/usr/local/sbin"
"""Where Debian keeps servers, which is not on everybody's path."""
RUN_TIMEOUT_S = 420.0
INSTALL_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 15.0
ITEM = (
    '{"t":"pos","seq":{cseq},"fixes":[{"at_ms":{ts},"lat":{lat},"lon":{lng},"acc_m":{acc},"speed_mps":{spd},'
    '"heading_deg":{hdg}}]}'
)


class HarnessFailed(Exception):
    """A run gave no figures; the message is the last thing that it said."""


@dataclass(frozen=True, slots=True)
class Step:
    """One load for some seconds. Latencies from due to received, in ms, at the couriers' own watchers."""

    sent_per_s: float
    p50_ms: float
    p99_ms: float
    zone_p99_ms: float
    delivered: float
    """Of what the watchers were to receive, the part that they received."""
    server_cpu: float
    """Cores that the server's processes used."""
    foreign_cpu: float
    """Cores that neither the server nor the load generator used."""
    ok: bool

    @property
    def cpu_us(self) -> float:
        """Processor time of the server for a position."""
        return 1e6 * self.server_cpu / max(self.sent_per_s, 1.0)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the harness found: the fixed load, the steps of the search for the most, and an idle link."""

    fixed: Step
    steps: tuple[Step, ...] = ()
    max_per_s: float | None = None
    idle_kib: float | None = None
    connect_per_s: float | None = None


def parse(output: str) -> Run:
    """The run that the harness printed with `--verbose`. Raises `HarnessFailed` for anything else."""
    objects = [json.loads(line) for line in output.splitlines() if line.lstrip().startswith("{")]
    steps = [_step(each) for each in objects if "target" in each]
    found = [each for each in objects if "fixed" in each]
    if not found or not steps:
        raise HarnessFailed("it printed no figures")
    # A step that others disturbed is repeated under the same target: the first load that differs begins the search.
    fixed_target = next(each["target"] for each in objects if "target" in each)
    targets = [each["target"] for each in objects if "target" in each]
    first_search = next((n for n, target in enumerate(targets) if target != fixed_target), len(steps))
    return Run(
        fixed=_repeated(steps[:first_search], found[0]["fixed"]),
        steps=tuple(steps[first_search:]),
        max_per_s=found[0].get("max_pos_s"),
        idle_kib=found[0].get("kib_per_idle_conn"),
        connect_per_s=found[0].get("connect_per_s"),
    )


def _repeated(steps: Sequence[Step], fixed: Mapping[str, Any]) -> Step:
    """The one of the steps that the harness took for the fixed load."""
    return next((step for step in steps if _is_same(step, fixed)), steps[-1])


def _is_same(step: Step, fixed: Mapping[str, Any]) -> bool:
    return (step.p99_ms, step.server_cpu, step.p50_ms) == (fixed["w_p99"], fixed["srv_cpu"], fixed["w_p50"])


def _step(printed: Mapping[str, Any]) -> Step:
    return Step(
        sent_per_s=printed["sent_per_s"],
        p50_ms=printed["w_p50"],
        p99_ms=printed["w_p99"],
        zone_p99_ms=printed["z_p99"],
        delivered=printed["frac_w"],
        server_cpu=printed["srv_cpu"],
        foreign_cpu=printed["foreign"],
        ok=printed["ok"],
    )


class Harness:
    """The harness, ready to run in a folder of its own. `missing` says what cannot be run here, by peer."""

    def __init__(self, folder: Path, missing: Mapping[str, str], *, has_generator: bool) -> None:
        self.folder = folder
        self.missing = missing
        self.has_generator = has_generator

    async def peer(self, name: str, options: Sequence[str]) -> Run:
        """One run of a peer. Raises `HarnessFailed`."""
        return await self._run("--peer", name, *options)

    async def ours(
        self, port: int, pids: Sequence[int], options: Sequence[str], generator_options: Sequence[str]
    ) -> Run:
        """One run of a server of ours that listens on the port; `pids` are the roots of all that counts."""
        counted = [option for pid in pids for option in ("--pid", str(pid))]
        where = ("--url", f"ws://127.0.0.1:{port}", *counted, "--lg", shlex.join(generator_options))
        return await self._run("--peer", "custom", *where, *options)

    async def _run(self, *arguments: str) -> Run:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "run.py", "--verbose", *arguments),
            cwd=self.folder,
            env=os.environ | {"PEER_PY": sys.executable},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), RUN_TIMEOUT_S)
        except TimeoutError:
            raise HarnessFailed(f"it took longer than {RUN_TIMEOUT_S:.0f} s") from None
        finally:
            if process.returncode is None:
                await _end(process)
        if process.returncode:
            raise HarnessFailed(_last_line(err.decode(errors="replace")))
        return parse(out.decode())


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a run with all that it has started: by an interrupt it does so itself."""
    process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
    except TimeoutError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def prepare(source: Path, folder: Path, peers: Sequence[str] = tuple(PEERS)) -> Harness:
    """Copy the harness into the folder and build there what can be built and these peers need."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules", "loadgen"))
    missing = {name: f"{program} is not installed" for name in peers for program in PEERS[name] if not _has(program)}
    has_generator = _has("gcc") and _has("taskset") and await _built(folder)
    if not has_generator:
        missing = dict.fromkeys(peers, "the load generator could not be built (gcc and taskset are needed)")
    elif (on_node := set(NODE_PEERS) & set(peers) - set(missing)) and not await _installed(folder / "node"):
        missing |= dict.fromkeys(on_node, "npm could not install ws and socket.io")
    return Harness(folder, missing, has_generator=has_generator)


async def _built(folder: Path) -> bool:
    return await _succeeds("gcc", "-O2", "-o", "loadgen", "loadgen.c", "-lm", folder=folder)


async def _installed(folder: Path) -> bool:
    return await _succeeds("npm", "install", "--no-audit", "--no-fund", "ws", "socket.io", folder=folder)


async def _succeeds(*command: str, folder: Path) -> bool:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        return await asyncio.wait_for(process.wait(), INSTALL_TIMEOUT_S) == 0
    except TimeoutError:
        process.kill()
        await process.wait()
        return False


def _has(program: str) -> bool:
    return bool(shutil.which(program) or shutil.which(program, path=SYSTEM_FOLDERS))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it ended without a word"


# --- how the load generator speaks to us ------------------------------------------------------------------------


def write_tokens(scene: Scene, file: Path) -> None:
    """A line for each courier with an order. The generator has one token an index, put into the hellos of couriers and
    watchers alike; so one line holds both, as a piece of JSON that each of the two hellos completes.
    """
    lines = (f'{token}","track":"{track}' for token, track in zip(scene.courier_tokens, scene.tracks, strict=False))
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def generator_options(origin: Point, staff_token: str, tokens: Path) -> list[str]:
    """How the load generator speaks our protocol as couriers, shoppers and one member of staff.

    The server ignores fields that it does not know, `track` in a courier's hello and `ignored` in a shopper's.
    """
    live, courier = (f"Sec-WebSocket-Protocol: {name}.v1.json" for name in ("live", "courier"))
    staff_hello = json.dumps({"t": "hello", "token": staff_token, "zone": ZONE})
    return [
        *("--path-courier", "/v1/courier", "--path-watcher", "/v1/live", "--path-zone", "/v1/live"),
        *("--header", live, "--header-courier", courier),
        *("--tokens", str(tokens)),
        *("--hello-courier", '{"t":"hello","token":"{token}","device_id":"d{i}"}'),
        *("--hello-watcher", '{"t":"hello","ignored":"{token}"}'),
        *("--hello-zone", staff_hello),
        *("--item", ITEM, "--keymode", "ts_ms", "--key", '"at_ms":'),
        *("--origin-lat", f"{origin.lat:.6f}", "--origin-lng", f"{origin.lon:.6f}", "--spread", str(SPREAD_DEG)),
    ]
