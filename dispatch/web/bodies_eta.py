"""What goes over the wire about arrival times: their history, and how well they were kept; see `bodies`."""

from dispatch.web.bodies import Shown


class EtaShown(Shown):
    """What an order's customer was told at `at_ms`: expected then, with nine chances of ten by the late end; and why.

    `cause` is plan (the first one), traffic, weather, queue, courier, depot or address.
    """

    at_ms: int
    eta_at_ms: int
    late_at_ms: int
    cause: str


class EtaHistory(Shown):
    """Everything that an order's customer was told, the oldest first; `arrived_at_ms` is 0 before the arrival."""

    id: str
    promise_at_ms: int
    arrived_at_ms: int
    etas: list[EtaShown]


class KeptShown(Shown):
    """Of `count` arrivals, the share that came by the late end (`unsure`: its standard error), and how wrong."""

    count: int
    within: float
    unsure: float
    mean_error_s: float
    bias_s: float


class LeadKept(KeptShown):
    """What stood on the screen `lead_min` minutes before the arrival."""

    lead_min: int


class HourKept(KeptShown):
    """Arrivals in this hour of the day (UTC), as told ten minutes before."""

    hour: int


class BandKept(KeptShown):
    """Doors so far from their depots and farther, up to the next band, as told ten minutes before."""

    from_m: int


class CalibrationShown(Shown):
    """How well the zone kept what it told: nine of ten arrivals shall come by the late end."""

    zone: str
    since_ms: int
    orders: int
    changes_median: float
    late: int
    told_early: int
    by_lead: list[LeadKept]
    by_hour: list[HourKept]
    by_distance: list[BandKept]
