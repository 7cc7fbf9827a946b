"""Every setting of the server in one validated object: from `DISPATCH_*`, `REDIS_URL` and `DATABASE_URL`, or flags."""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from courier_protocol.limits import SessionLimits
from dispatch.application.pulse import PulsePolicy
from dispatch.application.viewport import MAX_DOTS


class Settings(BaseSettings):
    """What the operator may set. Durations of technical time end in `_s` and are real seconds."""

    model_config = SettingsConfigDict(env_prefix="DISPATCH_", extra="forbid", populate_by_name=True)

    data_dir: Path = Field(
        Path(".data"), description="Where the embedded database, Valkey, cities and the secret live."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=1, le=64, description="Gateway processes that `serve` runs on the port.")
    metrics_port: int = Field(
        0,
        ge=0,
        le=65_535 - 64,
        description="Worker i serves /metrics, /healthz and /readyz alone on this port + i; 0: on the port only.",
    )
    worker: int | None = Field(None, ge=0, description="Which of the workers this process is; set by their parent.")
    worker_restarts: int = Field(0, ge=0, description="How often this worker was started again; set by their parent.")
    tls_cert: Path | None = Field(None, description="Certificate chain (PEM) to serve https and wss.")
    tls_key: Path | None = Field(None, description="Private key (PEM) of the certificate.")
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL", "DISPATCH_DATABASE_URL", "database_url"),
        description="postgresql://... ; empty: SQLite in the data folder.",
    )
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("REDIS_URL", "DISPATCH_REDIS_URL", "redis_url"),
        description="redis://... , or redis+cluster://... of any node of a cluster; empty: an embedded Valkey, started "
        "as a child.",
    )
    secret: str = Field("", description="Key that signs tokens (>= 32 characters); empty: kept in data_dir/secret.")
    public_url: str = Field("", description="How the server is reached from outside; empty: from the request.")
    zone: str = Field("default", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="The zone that this server runs.")
    city: str = Field(
        "sample", description="sample, generate:SIZE:SEED, a file.osm.pbf, or the id of an imported city."
    )
    speed: float = Field(1.0, gt=0, le=100, description="Business seconds per real second; 1 but for demos.")
    lease_s: float = Field(5.0, ge=1, le=60, description="How long a zone stays with a writer that no longer answers.")
    offer_mode: Literal["offer", "assign", "batch"] = Field(
        "offer",
        description="Ask one courier after the other, assign without asking, or ask several at once (first come, first "
        "served).",
    )
    offer_mode_by_depot: dict[str, Literal["offer", "assign", "batch"]] = Field(
        default_factory=dict, description='Depots where it differs, as JSON: {"DEPOT": "batch"}.'
    )
    offer_batch: int = Field(3, ge=2, le=8, description="So many couriers are asked at once in the mode batch.")
    freelancer_price_s: float = Field(
        0.0,
        ge=0,
        le=86_400,
        description="An order goes to the own fleet unless that costs so many seconds of riding more.",
    )
    freelancer_after_s: float = Field(
        0.0, ge=0, le=86_400, description="Freelancers are asked only when an order has waited so long; 0: at once."
    )
    hold_back: Literal["off", "ready"] = Field(
        "off",
        description="Give orders away at once, or as late as a near courier needs to be there when they are ready.",
    )
    hold_back_slack_s: float = Field(180.0, ge=0, le=3_600, description="How much earlier than that, to be sure.")
    bundle_wait_s: float = Field(
        0.0,
        ge=0,
        le=1_800,
        description="A lone order may be kept open so long for the next one of its depot, where that pays; 0: never.",
    )
    mock_places: Literal["hide", "show"] = Field(
        "hide",
        description="Places that an app made up are counted and kept in the track; are they shown as the courier's?",
    )
    code_sender: str = Field(
        "",
        pattern=r"^(print|none|https://\S+)?$",
        description="Who sends couriers their sign-in codes: print (standard output, for development), none, or an "
        "https URL that takes {phone, code, lang}; empty: print beside the embedded database, else none.",
    )
    vapid_key: str = Field(
        "",
        pattern=r"^([A-Za-z0-9_-]{43}=?)?$",
        description="Private key of Web Push (VAPID), base64url of its 32 bytes; empty: kept in data_dir/vapid-key.",
    )
    push_contact: str = Field(
        "",
        pattern=r"^((mailto:|https://)\S+)?$",
        description="Whom a push service may write to, as mailto: or https:; some, as Apple's, want one.",
    )
    push_targets: Literal["public", "any"] = Field(
        "public", description="Push services that are sent to: public ones over https, or any (one's own, for tests)."
    )
    token_hours: float = Field(12.0, gt=0, le=24 * 31, description="How long a courier's sign-in is good for.")
    proofs_dir: Path | None = Field(None, description="Where proof pictures live; empty: data_dir/proofs.")
    pay_base_minor: int = Field(400, ge=0, description="A courier's pay for an order, in the currency's smallest unit.")
    pay_per_km_minor: int = Field(100, ge=0, description="And for each kilometre of the way.")
    pay_currency: str = Field("CNY", pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty: offers tell no pay.")
    origins: tuple[str, ...] = Field(
        (), description='Web pages that may open the live channels, as JSON: ["https://shop.example"]; empty: any.'
    )
    live_coalesce: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Places wait for others of the same tick: when much comes in, always (for measuring), or never.",
    )
    live_tick_ms: int = Field(15, ge=1, le=1_000, description="How long they wait at most.")
    live_max_dots: int = Field(
        MAX_DOTS,
        ge=1,
        le=100_000,
        description="So many couriers a dispatcher's map shows one by one; more on one screen come as clusters.",
    )
    heartbeat_s: float = Field(
        8.0, ge=1, le=600, description="How often a session says that it is there; after 2.5 of silence it is closed."
    )
    messages_per_s: float = Field(
        100.0, gt=0, le=1e6, description="Messages a second that a session may send for long."
    )
    messages_burst: int = Field(512, ge=16, le=1_000_000, description="Messages that it may send at once.")
    fixes_per_s: float = Field(50.0, gt=0, le=1e6, description="Fixes a second that a phone may send; others are shed.")
    fixes_burst: int = Field(
        4_096, ge=1, le=1_000_000, description="Fixes that it may send at once, after hours offline."
    )
    device_fixes_per_s: float = Field(10.0, gt=0, le=1_000, description="Fixes a second that a GPS app may send.")
    device_fixes_burst: int = Field(5_000, ge=1, le=1_000_000, description="Fixes that a GPS app may send at once.")
    waiting_advice: Literal["off", "on"] = Field(
        "off", description="Whether couriers with nothing to do are told near which depot the next orders are expected."
    )
    solver: Literal["search", "ortools"] = Field(
        "search",
        validation_alias=AliasChoices("SOLVER", "DISPATCH_SOLVER", "solver"),
        description="What improves routes: our own search (with OR-Tools' assignment), or OR-Tools' routing alone.",
    )
    solver_processes: int = Field(1, ge=0, le=16, description="Child processes for route improvement; 0 turns it off.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _async_driver(cls, url: str) -> str:
        """Take the URLs that people paste and name the driver that we use."""
        for scheme in ("postgres://", "postgresql://"):
            if url.startswith(scheme):
                return "postgresql+asyncpg://" + url.removeprefix(scheme)
        return url

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: str) -> str:
        if secret and len(secret) < 32:
            raise ValueError("the secret must have at least 32 characters")
        return secret

    def metrics_port_of(self, worker: int | None) -> int:
        """The port for the figures of one worker, or of the only process there is; 0 when there is none."""
        return self.metrics_port + (worker or 0) if self.metrics_port else 0

    @property
    def sqlite(self) -> bool:
        """Whether the embedded database serves."""
        return not self.database_url or self.database_url.startswith("sqlite")

    def sql_url(self) -> str:
        """The database's URL, the embedded one included."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'dispatch.sqlite').resolve()}"

    def session_limits(self) -> SessionLimits:
        """What one session of a courier or a watcher may cost."""
        return SessionLimits(
            heartbeat_s=self.heartbeat_s,
            messages_burst=self.messages_burst,
            messages_per_s=self.messages_per_s,
            fixes_burst=self.fixes_burst,
            fixes_per_s=self.fixes_per_s,
        )

    def pulse(self) -> PulsePolicy:
        """When what comes is taken and shown."""
        return PulsePolicy(self.live_coalesce, self.live_tick_ms / 1000)

    def sender_of_codes(self) -> str:
        """`print`, `none` or an https URL. An embedded database is somebody's own machine, PostgreSQL is production."""
        return self.code_sender or ("print" if self.sqlite else "none")

    def signing_secret(self) -> bytes:
        """The key that signs tokens; made once and kept in the data folder, readable by its owner only."""
        if self.secret:
            return self.secret.encode()
        file = self.data_dir / "secret"
        if not file.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            scratch = file.with_suffix(f".{secrets.token_hex(4)}")
            scratch.touch(mode=0o600)
            scratch.write_text(secrets.token_urlsafe(48))
            with suppress(FileExistsError):
                file.hardlink_to(scratch)
            scratch.unlink()
        return file.read_text().strip().encode()
