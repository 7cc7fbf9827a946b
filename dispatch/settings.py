"""Every setting of the server in one validated object: from `DISPATCH_*`, `REDIS_URL` and `DATABASE_URL`, or flags.

What is secret comes by the environment or by a file that the environment names (`DISPATCH_SECRET_FILE`, ...), as
orchestrators mount them; never by a flag, which every user of the machine could read.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from courier_protocol.limits import SessionLimits
from dispatch.adapters.listening import room_for
from dispatch.application.call_rates import CallRates, Pace
from dispatch.application.ports import Ticker
from dispatch.application.pulse import PulsePolicy
from dispatch.application.viewport import MAX_DOTS
from dispatch.domain.errors import InvalidInput
from dispatch.web.load import LoadLimits

SECRETS: Final = {
    "secret": "DISPATCH_SECRET",
    "vapid_key": "DISPATCH_VAPID_KEY",
    "code_sender": "DISPATCH_CODE_SENDER",
    "sms_sender": "DISPATCH_SMS_SENDER",
    "wechat_sender": "DISPATCH_WECHAT_SENDER",
    "call_gateway": "DISPATCH_CALL_GATEWAY",
    "smtp_url": "DISPATCH_SMTP_URL",
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
}
"""What may come by a file: settings by the variable that would hold them. Some of them are URLs that have passwords."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads `NAME_FILE` for each secret `NAME`."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """See `PydanticBaseSettingsSource`. Raises `InvalidInput` for a file that cannot be read, and for two ways."""
        del field
        variable = SECRETS.get(field_name, "")
        file = os.environ.get(f"{variable}_FILE", "") if variable else ""
        if not file:
            return None, field_name, False
        if os.environ.get(variable):
            raise InvalidInput("two_secrets", f"Set {variable} or {variable}_FILE, not both.")
        try:
            return Path(file).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            raise InvalidInput("no_secret_file", f"The file that {variable}_FILE names cannot be read.") from None

    def __call__(self) -> dict[str, Any]:
        """The secrets that came by files."""
        read = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in read.items() if value is not None}


_GATEWAY: Final = r"^(none|record|https://\S+)$"


class Settings(BaseSettings):
    """What the operator may set. Durations of technical time end in `_s` and are real seconds."""

    model_config = SettingsConfigDict(env_prefix="DISPATCH_", extra="forbid", populate_by_name=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """See `BaseSettings`: flags, then files of secrets, then the environment."""
        return init_settings, SecretFiles(settings_cls), env_settings

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
        repr=False,
        description="postgresql://... ; empty: SQLite in the data folder.",
    )
    redis_url: str = Field(
        "",
        validation_alias=AliasChoices("REDIS_URL", "DISPATCH_REDIS_URL", "redis_url"),
        repr=False,
        description="redis://... , or redis+cluster://... of any node of a cluster; empty: an embedded Valkey, started "
        "as a child.",
    )
    secret: str = Field(
        "", repr=False, description="Key that signs tokens (>= 32 characters); empty: kept in data_dir/secret."
    )
    public_url: str = Field("", description="How the server is reached from outside; empty: from the request.")
    zone: str = Field("default", pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="The zone that this server runs.")
    city: str = Field(
        "sample", description="sample, generate:SIZE:SEED, a file.osm.pbf, or the id of an imported city."
    )
    speed: float = Field(1.0, gt=0, le=100, description="Business seconds per real second; 1 but for demos.")
    lease_s: float = Field(5.0, ge=1, le=60, description="How long a zone stays with a writer that no longer answers.")
    poll_s: float = Field(
        0.05, gt=0, le=5, description="How often a writer and a relay look for what other processes have written."
    )
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
        repr=False,
        pattern=r"^(print|none|https://\S+)?$",
        description="Who sends couriers their sign-in codes: print (standard output, for development), none, or an "
        "https URL that takes {phone, code, lang}; empty: print beside the embedded database, else none.",
    )
    vapid_key: str = Field(
        "",
        repr=False,
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
    sms_sender: str = Field(
        "none",
        repr=False,
        pattern=_GATEWAY,
        description="Who sends SMS: none, record (for development: into data_dir/messages-recorded.jsonl), or an https "
        "URL that takes JSON.",
    )
    wechat_sender: str = Field(
        "none", repr=False, pattern=_GATEWAY, description="Who sends WeChat template messages: as for SMS."
    )
    call_gateway: str = Field(
        "none",
        repr=False,
        pattern=_GATEWAY,
        description="Who joins callers, so that nobody learns the other's number: none (couriers see it), record (for "
        "development: nobody's phone rings), or an https URL that takes {id, order_id, from, to} and answers {number}.",
    )
    smtp_url: str = Field(
        "none",
        repr=False,
        pattern=r"^(none|record|smtps?://\S+)$",
        description="What sends e-mail: none, record, smtp://USER:PASSWORD@HOST:587 (with STARTTLS), or smtps://...",
    )
    mail_from: str = Field(
        "dispatch@localhost",
        pattern=r"^[^\r\n]*[^\s<>@]+@[^\s<>@]+>?$",
        description="Whom e-mail is from: an address, or NAME <ADDRESS>.",
    )
    staff_emails: tuple[str, ...] = Field(
        (),
        description='Who of the staff hears by e-mail of holds and failed deliveries, as JSON: ["desk@example.com"].',
    )
    webhook_targets: Literal["public", "any", "off"] = Field(
        "public", description="Webhooks that are sent to: public ones over https, any (one's own, for tests), or none."
    )
    message_lang: Literal["zh-CN", "en"] = Field(
        "zh-CN", description="In which language people are told who have not said theirs."
    )
    quiet_hours: str = Field(
        "22:00-08:00",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$",
        description="When people hear only of a courier who is near, at the door or done; empty: never.",
    )
    time_zone: str = Field("Asia/Shanghai", description="Whose clock the zone's people read, as IANA names it.")
    token_hours: float = Field(12.0, gt=0, le=24 * 31, description="How long a courier's sign-in is good for.")
    proofs_dir: Path | None = Field(None, description="Where proof pictures live; empty: data_dir/proofs.")
    pay_base_minor: int = Field(400, ge=0, description="A courier's pay for an order, in the currency's smallest unit.")
    pay_per_km_minor: int = Field(100, ge=0, description="And for each kilometre of the way.")
    pay_currency: str = Field("CNY", pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty: offers tell no pay.")
    origins: tuple[str, ...] = Field(
        (),
        description="Other sites whose pages may open the live channels, as JSON: "
        '["https://shop.example"]; ["*"]: any. Our own pages always may.',
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="Proxies, as JSON of addresses and networks, whose X-Forwarded-For and -Proto are believed.",
    )
    address_calls_per_s: float = Field(
        200.0, ge=0, le=1e6, description="HTTP calls a second that an address may make for long; 0: any."
    )
    address_calls_burst: int = Field(4_000, ge=1, le=1_000_000, description="HTTP calls that it may make at once.")
    subject_calls_per_s: float = Field(
        100.0, ge=0, le=1e6, description="HTTP calls a second with tokens of one subject; 0: any."
    )
    subject_calls_burst: int = Field(2_000, ge=1, le=1_000_000, description="HTTP calls of it at once.")
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
    max_connections: int = Field(
        30_000, ge=8, le=1_000_000, description="Connections that one process holds; others are answered 503."
    )
    max_connections_per_address: int = Field(
        15_000,
        ge=1,
        le=1_000_000,
        description="And of one address: less where phones come directly, as many as in all behind a proxy.",
    )
    max_calls: int = Field(512, ge=1, le=100_000, description="HTTP calls that one process answers at once.")
    max_open_orders: int = Field(20_000, ge=1, le=1_000_000, description="Orders of a zone that have not ended.")
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

    @field_validator("time_zone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError("the time zone is one of IANA's, such as Asia/Shanghai") from None
        return name

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

    def call_rates(self, ticker: Ticker) -> CallRates:
        """How many HTTP calls an address and a subject may make."""
        return CallRates(
            ticker,
            Pace(self.address_calls_per_s, self.address_calls_burst),
            Pace(self.subject_calls_per_s, self.subject_calls_burst),
        )

    def load_limits(self) -> LoadLimits:
        """What this process carries at once; no more connections than the system lets it have."""
        return LoadLimits(
            max_connections=room_for(self.max_connections),
            max_connections_per_address=self.max_connections_per_address,
            max_calls=self.max_calls,
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
