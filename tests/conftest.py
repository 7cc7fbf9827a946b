"""What every test shares: the real servers of `tests/support/servers.py`, and how far Hypothesis searches."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.servers"]

# The same examples on every run, so that a red test is a changed program; `make fuzz` is the one that explores.
settings.register_profile("test", derandomize=True, max_examples=100, deadline=None, database=None)
settings.register_profile("fuzz", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("test")
