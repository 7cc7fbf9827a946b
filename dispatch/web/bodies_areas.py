"""What goes over the wire about areas; see `bodies`."""

from typing import Annotated

from msgspec import Meta

from dispatch.web.bodies import Body, Lat, Latlon, Lon, Name, Shown, Zone


class CornerBody(Body):
    """A corner of an area."""

    lat: Lat
    lon: Lon


class AreaBody(Body):
    """An area to register or change: `ring` is its border, drawn around in one line; it may end where it began."""

    name: Name
    ring: Annotated[list[CornerBody], Meta(min_length=3, max_length=1_001)]
    zone: Zone = "default"


class AreaShown(Shown):
    """An area."""

    id: str
    name: str
    ring: list[Latlon]
    zone: str


class AreaRemoved(Shown):
    """An area that is no more."""

    id: str
    zone: str


class Areas(Shown):
    """Every area of a zone."""

    areas: list[AreaShown]
