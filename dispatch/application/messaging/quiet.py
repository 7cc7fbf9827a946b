"""Quiet hours: when a zone's people are not to be woken, by the zone's own clock. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` until `ends` on the clocks of `place`; over midnight when it ends earlier than it begins."""

    begins: time
    ends: time
    place: ZoneInfo

    @classmethod
    def read(cls, text: str, time_zone: str) -> "QuietHours | None":
        """From `22:00-08:00`; None for no text, and for hours that end as they begin. Raises `ValueError`."""
        if not text:
            return None
        begins, ends = (time.fromisoformat(each) for each in text.split("-"))
        return cls(begins, ends, ZoneInfo(time_zone)) if begins != ends else None

    def over_at_ms(self, at_ms: int) -> int:
        """When the quiet hours are over that `at_ms` lies in; 0 when it lies in none. Epoch ms of business time."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.place)
        clock = local.time()
        if not self._is_quiet(clock):
            return 0
        day = local.date() + timedelta(days=1 if clock >= self.ends else 0)
        return int(datetime.combine(day, self.ends, self.place).timestamp() * 1000)

    def _is_quiet(self, clock: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def utc_offset_min(place: ZoneInfo, at_ms: int) -> int:
    """How far the place's clocks are ahead of UTC at that moment, in minutes."""
    offset = datetime.fromtimestamp(at_ms / 1000, place).utcoffset() or timedelta(0)
    return int(offset.total_seconds() // 60)
