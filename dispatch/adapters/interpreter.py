"""The interpreter set up for an event loop that must not be kept waiting.

The theory. All threads of a process share one lock, and two habits of CPython hold it for longer than live positions
can bear:

- A thread that computes (the planner's) passes the lock on only when a *switch interval* is over, 5 ms; and the loop
  asks for it anew in each of its callbacks, so a burst of 20 frames waits 20 times. Measured with 20 sockets beside one
  computing thread: p99 60 to 280 ms at 5 ms, 5 to 40 ms at 0.5 ms, and the thread computes no less.
- A full garbage collection looks at every object: 60 to 120 ms with a city of 50,000 doors, in whichever thread it
  falls. Nearly all of these objects last as long as the process; frozen, they are not looked at again. What a zone adds
  while it runs (2,000 orders, 5,000 events) takes 8 ms.
"""

import gc
import sys

SWITCH_INTERVAL_S = 0.0005


def begin_start() -> None:
    """Collect nothing while modules and cities are loaded: what they make lasts. To be called before the imports."""
    gc.disable()


def end_start() -> None:
    """Everything that lasts has been made: leave it out of further collections, and let threads take turns quickly."""
    gc.freeze()
    gc.enable()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
