"""What goes over the wire about keys of programs; see `bodies`."""

from typing import Annotated, Literal

from msgspec import Meta, field

from dispatch.web.bodies import Body, Id, Name, Shown, Zone


class KeyBody(Body):
    """A key to make. `account` is whose orders are its own; `zones` and `depots` empty: all; `days` 0: no end."""

    name: Name
    account: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
    role: Literal["integrator", "group_leader", "distributor"] = "integrator"
    zones: Annotated[list[Zone], Meta(max_length=50)] = field(default_factory=list)
    depots: Annotated[list[Id], Meta(max_length=50)] = field(default_factory=list)
    days: Annotated[int, Meta(ge=0, le=3_650)] = 0


class KeyShown(Shown):
    """A key but for its text. Times are epoch ms; 0: never, not. `used_at`: last, to about a minute."""

    id: str
    name: str
    role: str
    account: str
    zones: list[str]
    depots: list[str]
    made_by: str
    made_at: int
    expires_at: int
    revoked_at: int
    used_at: int


class KeyMade(Shown):
    """A new key with its text, which is told here only."""

    key: str
    made: KeyShown


class KeysShown(Shown):
    """Every key, the newest first."""

    keys: list[KeyShown]
