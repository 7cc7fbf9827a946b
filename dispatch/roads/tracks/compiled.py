"""Compilation of the matching kernel: by Numba, without the interpreter's lock, kept on disk between starts.

The planner's kernel has the same rules (`planning.search.compiled`), and a room may not import its neighbour. What is
kept is keyed by the kernel's whole text, since Numba itself looks only at the file of the function that it loads. Numba
reads the folder's name when a function is decorated; it is put back then, so that two kernels never share a folder.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numba

Function = Callable[..., Any]


def _text_digest() -> str:
    """A digest of every module of the kernel."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _folders() -> Iterator[Path]:
    """Where compiled code may be kept, the best place first."""
    named = os.environ.get("DISPATCH_KERNEL_CACHE")
    if named:
        yield Path(named)
    yield Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "dispatch-kernel"
    yield Path(tempfile.gettempdir()) / f"dispatch-kernel-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _kept_in() -> Path | None:
    """The first folder that can be written and is ours."""
    for folder in _folders():
        own = folder / f"tracks-{_text_digest()}"
        try:
            own.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(own, os.W_OK) and (not hasattr(os, "getuid") or own.stat().st_uid == os.getuid()):
            return own
    return None


_folder = _kept_in()
_OPTIONS: dict[str, Any] = {"cache": _folder is not None, "nogil": True, "error_model": "numpy", "_nrt": False}
"""`_nrt=False`: the kernel allocates nothing, and without Numba's reference counts it is much faster."""


def compiled(function: Function) -> Function:
    """A function of the kernel, compiled on its first call."""
    return _kept(numba.njit, function, fastmath={"nsz", "arcp", "contract"})


def inlined(function: Function) -> Function:
    """A small function of the kernel, put into whoever calls it."""
    return _kept(numba.njit, function, forceinline=True)


def _kept(njit: Callable[..., Any], function: Function, **options: Any) -> Function:
    before = getattr(numba.config, "CACHE_DIR")  # noqa: B009 - the name is made at run time
    setattr(numba.config, "CACHE_DIR", str(_folder or before))  # noqa: B010
    try:
        made: Function = njit(**options, **_OPTIONS)(function)
    finally:
        setattr(numba.config, "CACHE_DIR", before)  # noqa: B010
    return made
