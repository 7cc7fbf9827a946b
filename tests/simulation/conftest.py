"""The city of the simulations, made once a process."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def simulation_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the city is kept."""
    return tmp_path_factory.mktemp("simulation")
