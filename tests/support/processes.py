"""What processes there are, and whose children; for tests that kill some."""

import asyncio
import subprocess
from pathlib import Path


def descendants(pid: int) -> set[int]:
    """Children, their children, and so on."""
    parents = _parents()
    found: set[int] = set()
    grown = {pid}
    while grown:
        grown = {child for child, parent in parents.items() if parent in grown} - found
        found |= grown
    return found


def is_alive(pid: int) -> bool:
    """Whether the process is there and not merely waiting for its parent to take note of its end."""
    return pid in _parents()


async def all_gone(pids: set[int], within_s: float) -> bool:
    """Whether these processes end in time."""
    for _ in range(round(within_s / 0.05)):
        if not any(map(is_alive, pids)):
            return True
        await asyncio.sleep(0.05)
    return False


def _parents() -> dict[int, int]:
    """The parent of every process that runs, zombies left out."""
    if Path("/proc/self/stat").exists():
        lines = [_stat(folder) for folder in Path("/proc").glob("[0-9]*")]
    else:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,stat=,ppid="], capture_output=True, text=True, check=True)
        lines = [line.split() for line in listed.stdout.splitlines()]
    return {int(pid): int(parent) for pid, state, parent in filter(None, lines) if not state.startswith("Z")}


def _stat(folder: Path) -> list[str]:
    """(pid, state, parent) of one process; empty when it is already gone."""
    try:
        name_and_rest = (folder / "stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return []
    return [folder.name, *name_and_rest[2].split()[:2]]
