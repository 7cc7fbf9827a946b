"""The cities on disk: `<data>/cities/<id>/`, made when first asked for and loaded ever after."""

from pathlib import Path

from dispatch.roads.city import City, Progress, no_progress


def basemap_path(data_dir: Path, city_id: str) -> Path:
    """Where the PMTiles file of a stored city lies."""
    return data_dir / "cities" / city_id / "basemap.pmtiles"


def ensure_city(data_dir: Path, spec: str, progress: Progress = no_progress) -> City:
    """The city that `spec` names: `sample`, `generate:12km:7`, a path to an .osm.pbf file, or a stored city's id."""
    raise NotImplementedError
