"""Vehicle profiles: what may drive where, and how much it carries."""

from dataclasses import dataclass
from enum import StrEnum


class Profile(StrEnum):
    """How a courier moves; each profile has its own network and speeds."""

    FOOT = "foot"
    BIKE = "bike"
    EBIKE = "ebike"
    MOTORBIKE = "motorbike"
    CAR = "car"
    VAN = "van"


@dataclass(frozen=True, slots=True)
class Load:
    """What an order weighs and how much room it takes, or what a vehicle can carry."""

    weight_g: int = 0
    volume_ml: int = 0
    items: int = 0

    def __add__(self, other: "Load") -> "Load":
        return Load(self.weight_g + other.weight_g, self.volume_ml + other.volume_ml, self.items + other.items)

    def __sub__(self, other: "Load") -> "Load":
        return Load(self.weight_g - other.weight_g, self.volume_ml - other.volume_ml, self.items - other.items)

    def fits(self, capacity: "Load") -> bool:
        """Whether this load is within the capacity in every dimension."""
        return (
            self.weight_g <= capacity.weight_g and self.volume_ml <= capacity.volume_ml and self.items <= capacity.items
        )


DEFAULT_CAPACITY: dict[Profile, Load] = {
    Profile.FOOT: Load(8_000, 30_000, 3),
    Profile.BIKE: Load(15_000, 60_000, 5),
    Profile.EBIKE: Load(25_000, 90_000, 8),
    Profile.MOTORBIKE: Load(30_000, 100_000, 8),
    Profile.CAR: Load(200_000, 500_000, 30),
    Profile.VAN: Load(700_000, 4_000_000, 120),
}
"""What a vehicle carries when its courier states nothing else; house figures, to be overridden per courier."""
