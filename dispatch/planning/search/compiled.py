"""Compilation of the kernel: by Numba, without the interpreter's lock, kept on disk from one start to the next.

What is kept is keyed by the kernel's whole text: Numba itself looks only at the file of the function that it loads, and
would go on with old code of the functions that it calls. The folder is `DISPATCH_KERNEL_CACHE`, else one of the user's
caches; where nothing can be written, every start compiles anew.
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
        own = folder / _text_digest()
        try:
            own.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        if os.access(own, os.W_OK) and (not hasattr(os, "getuid") or own.stat().st_uid == os.getuid()):
            return own
    return None


_folder = _kept_in()
if _folder is not None:
    setattr(numba.config, "CACHE_DIR", str(_folder))  # noqa: B010 - the name is made at run time


_OPTIONS: dict[str, Any] = {"cache": _folder is not None, "nogil": True, "error_model": "numpy", "_nrt": False}
"""`_nrt=False`: the kernel allocates nothing, and without Numba's reference counts it is ten times as fast."""


def compiled(function: Function) -> Function:
    """A function of the kernel, compiled on its first call."""
    made: Function = numba.njit(fastmath={"nsz", "arcp", "contract"}, **_OPTIONS)(function)
    return made


def inlined(function: Function) -> Function:
    """A small function of the kernel, put into whoever calls it."""
    made: Function = numba.njit(forceinline=True, **_OPTIONS)(function)
    return made
