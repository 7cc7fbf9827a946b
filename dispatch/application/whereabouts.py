"""Where the couriers are, as the planner knows it: the last places it saw, even when the position store was emptied."""

from collections.abc import Callable, Mapping, Sequence

from dispatch.application.ports import Position, PositionStore


class Whereabouts:
    """The newest known position of each courier of a zone, by `Position.is_newer`; empty until `run` runs."""

    def __init__(self, positions: PositionStore, zone_id: str) -> None:
        self._positions = positions
        self._zone_id = zone_id
        self._known: dict[str, Position] = {}

    @property
    def known(self) -> Mapping[str, Position]:
        """Where everybody was last seen."""
        return self._known

    async def run(self, on_appearance: Callable[[Sequence[str]], None], on_move: Callable[[Position], None]) -> None:
        """Follow the couriers for ever; `on_appearance` hears who is seen for the first time, `on_move` of each place.

        Places come in batches; who appeared is told after the last of a batch.
        """
        async for positions in self._positions.follow(self._zone_id):
            appeared = [position.courier_id for position in positions if position.courier_id not in self._known]
            for position in positions:
                if position.is_newer(self._known.get(position.courier_id)):
                    self._known[position.courier_id] = position
                    on_move(position)
            if appeared:
                on_appearance(appeared)
