"""The tables. `at_ms` columns hold business time, those without `_ms` the database's own clock in epoch ms.

Orders and tracking links are unique over all zones, requests within their zone. An entity is kept whole in `body`
(see `records`); the columns beside it are what queries and constraints need. `outbox.courier_id` is whose phone hears
of the event: empty for nobody, NULL where an older version wrote the row and did not say. So are `orders.ref`,
`orders.phone_mark` and `orders.created_at_ms`, and `outbox.entity_kind` and `entity_id`, the history that the event is
filed in (see `filing`).
"""

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import VARCHAR

from dispatch.adapters.sql import append_only
from dispatch.adapters.sql.claim_tables import claim_tables
from dispatch.adapters.sql.depot_tables import depot_tables
from dispatch.adapters.sql.dialects import now

Key = String().with_variant(VARCHAR(collation="C"), "postgresql")
"""Ids and names, ordered by their bytes on every database."""
Serial = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

zone = Table(
    "zone",
    metadata,
    Column("id", Key, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("stream_epoch", BigInteger, nullable=False),
    Column("holder", Key, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("plan_version", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("zone_id", Key, ForeignKey("zone.id"), nullable=False),
    Column("id", Key, nullable=False),
    Column("actor", Key, nullable=False),
    Column("command", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False, default=now()),
    Column("reply", Text),
    Column("done_at", BigInteger),
    UniqueConstraint("zone_id", "id"),
)
WAITING = text("reply IS NULL")
Index("ix_inbox_waiting", inbox.c.zone_id, inbox.c.number, sqlite_where=WAITING, postgresql_where=WAITING)

outbox = Table(
    "outbox",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("request_id", Key, nullable=False),
    Column("actor", Key, nullable=False),
    Column("type", Key, nullable=False),
    Column("body", Text, nullable=False),
    Column("courier_id", Key),
    Column("entity_kind", Key),
    Column("entity_id", Key),
    PrimaryKeyConstraint("zone_id", "seq"),
)
Index(None, outbox.c.zone_id, outbox.c.courier_id, outbox.c.seq)
Index("ix_outbox_filed", outbox.c.zone_id, outbox.c.entity_kind, outbox.c.entity_id, outbox.c.seq)

orders = Table(
    "orders",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("courier_id", Key, nullable=False),
    Column("depot_id", Key, nullable=False),
    Column("track_hash", Key, nullable=False),
    Column("promise_at_ms", BigInteger, nullable=False),
    Column("finished_at_ms", BigInteger),
    Column("body", Text, nullable=False),
    Column("ref", Key),
    Column("phone_mark", Key),
    Column("created_at_ms", BigInteger),
    Column("at_point", Key),
    Column("placed_by", Key),
    Column("collected_from", Key),
    Column("collected_at_ms", BigInteger),
    PrimaryKeyConstraint("zone_id", "id"),
    UniqueConstraint("id"),
)
TRACKED = text("track_hash <> ''")
Index("uq_orders_track_hash", orders.c.track_hash, unique=True, sqlite_where=TRACKED, postgresql_where=TRACKED)
Index(None, orders.c.zone_id, orders.c.finished_at_ms, orders.c.created_at_ms)
Index(None, orders.c.zone_id, orders.c.status, orders.c.id)
Index(None, orders.c.courier_id, orders.c.finished_at_ms)
Index(None, orders.c.ref)
Index(None, orders.c.phone_mark)
Index(None, orders.c.zone_id, orders.c.placed_by, orders.c.created_at_ms)
LIES = text("at_point IS NOT NULL")
Index("ix_orders_at_point", orders.c.zone_id, orders.c.at_point, sqlite_where=LIES, postgresql_where=LIES)
COLLECTED = text("collected_from IS NOT NULL")
Index(
    "ix_orders_collected_from",
    *(orders.c.zone_id, orders.c.collected_from, orders.c.collected_at_ms),
    sqlite_where=COLLECTED,
    postgresql_where=COLLECTED,
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("mark", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "order_id", "mark"),
)

push_progress = Table(
    "push_progress",
    metadata,
    Column("zone_id", Key, primary_key=True),
    Column("stream_epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

outgoing_messages = Table(
    "outgoing_messages",
    metadata,
    Column("id", Key, primary_key=True),
    Column("zone_id", Key, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("audience", Key, nullable=False),
    Column("recipient", Key, nullable=False),
    Column("channel", Key, nullable=False),
    Column("lane", Key, nullable=False),
    Column("lang", Key, nullable=False),
    Column("event_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("eta_at_ms", BigInteger, nullable=False),
    Column("began", Integer, nullable=False),
    Column("state", Key, nullable=False),
    Column("reason", Key, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("handed", Integer, nullable=False),
    Column("done_at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("holder", Key, nullable=False),
    Column("claimed_until", BigInteger, nullable=False),
    UniqueConstraint(
        *("zone_id", "epoch", "seq", "order_id", "audience", "recipient", "channel"), name="uq_outgoing_messages_event"
    ),
)
GOES_ON = text("state IN ('queued', 'claimed')")
_messages = outgoing_messages.c
Index("ix_messages_due", _messages.zone_id, _messages.due_at_ms, sqlite_where=GOES_ON, postgresql_where=GOES_ON)
Index(None, _messages.zone_id, _messages.order_id)
Index(None, _messages.zone_id, _messages.recipient, _messages.event_at_ms)
Index(None, _messages.zone_id, _messages.event_at_ms, _messages.id)
HAS_FAILED = text("state = 'failed'")
_failed = (_messages.zone_id, _messages.event_at_ms, _messages.id)
Index("ix_messages_failed", *_failed, sqlite_where=HAS_FAILED, postgresql_where=HAS_FAILED)

message_progress = Table(
    "message_progress",
    metadata,
    Column("zone_id", Key, primary_key=True),
    Column("stream_epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

message_contacts = Table(
    "message_contacts",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("key", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "key"),
)

message_opt_outs = Table(
    "message_opt_outs",
    metadata,
    Column("mark", Key, nullable=False),
    Column("channel", Key, nullable=False),
    PrimaryKeyConstraint("mark", "channel"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Key, primary_key=True),
    Column("zone_id", Key, nullable=False),
    Column("account", Key, nullable=False),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
Index(None, webhook_endpoints.c.zone_id, webhook_endpoints.c.account)

couriers = Table(
    "couriers",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("duty", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

depots = Table(
    "depots",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

shelf_hours, picks = depot_tables(metadata, Key)

areas = Table(
    "areas",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("over_at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)


def _one_a_zone(name: str) -> Table:
    columns = (Column("zone_id", Key, nullable=False), Column("body", Text, nullable=False))
    return Table(name, metadata, *columns, PrimaryKeyConstraint("zone_id"))


spreads, goals, fees = _one_a_zone("spreads"), _one_a_zone("goals"), _one_a_zone("fees")

offers = Table(
    "offers",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("courier_id", Key, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)
Index(None, offers.c.zone_id, offers.c.expires_at_ms)

routes = Table(
    "routes",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("courier_id", Key, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "courier_id"),
)

cases = Table(
    "cases",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("status", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)
Index(None, cases.c.zone_id, cases.c.status, cases.c.at_ms)
Index(None, cases.c.zone_id, cases.c.order_id)
Index(None, cases.c.zone_id, cases.c.at_ms)

overrides = Table(
    "overrides",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", Key, nullable=False),
    Column("action", Key, nullable=False),
    Column("order_ids", Text, nullable=False),
    Column("settled", Integer, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)
Index(None, overrides.c.zone_id, overrides.c.at_ms)
UNSETTLED = text("settled = 0")
Index("ix_overrides_unsettled", overrides.c.zone_id, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)

order_messages = Table(
    "order_messages",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "order_id", "number"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

door_visits = Table(
    "door_visits",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("door", Key, nullable=False),
    Column("stood", Key, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "door"),
)
Index(None, door_visits.c.zone_id, door_visits.c.stood)
Index(None, door_visits.c.zone_id, door_visits.c.at_ms)

learnt = Table(
    "learnt",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "name"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("order_id", Key, nullable=False),
    Column("assignment_seq", BigInteger, nullable=False),
    Column("courier_id", Key, nullable=False),
    Column("zone_id", Key, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("outcome", Key, nullable=False),
    PrimaryKeyConstraint("order_id", "assignment_seq", "courier_id"),
)
ACTIVE = text("ended_at_ms IS NULL")
Index("uq_assignments_active", assignments.c.order_id, unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE)
Index(None, assignments.c.courier_id, assignments.c.started_at_ms)

audit = Table(
    "audit",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", Key, nullable=False),
    Column("request_id", Key, nullable=False),
    Column("action", Key, nullable=False),
    Column("order_id", Key, nullable=False),
    Column("courier_id", Key, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "seq"),
)
Index(None, audit.c.zone_id, audit.c.order_id)

devices = Table(
    "devices",
    metadata,
    Column("key_hash", Key, primary_key=True),
    Column("zone_id", Key, nullable=False),
    Column("courier_id", Key, nullable=False),
    Column("name", Key, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False, default=now()),
)
Index(None, devices.c.zone_id, devices.c.courier_id)

courier_sessions = Table(
    "courier_sessions",
    metadata,
    Column("courier_id", Key, primary_key=True),
    Column("generation", BigInteger, nullable=False),
)

staff_users = Table(
    "staff_users",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Key, nullable=False),
    Column("zones", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("one_time_until", BigInteger),
    Column("created", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("second", Text),
    Column("depots", Text),
)
Index(None, staff_users.c.changed)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", Key, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("token_hash", Key, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("previous_hash", Key, nullable=False),
    Column("ended_at", BigInteger),
)
Index(None, staff_sessions.c.ended_at)
Index(None, staff_sessions.c.expires)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Key, primary_key=True),
    Column("key_hash", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Key, nullable=False),
    Column("account", Key, nullable=False),
    Column("zones", Text, nullable=False),
    Column("depots", Text, nullable=False),
    Column("made_by", Key, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("revoked", BigInteger, nullable=False),
    Column("used", BigInteger),
    UniqueConstraint("key_hash"),
)

staff_acts = Table(
    "staff_acts",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Key, nullable=False),
    Column("action", Key, nullable=False),
    Column("user_id", Key, nullable=False),
    Column("detail", Text, nullable=False),
)

claims, claim_policies = claim_tables(metadata, Key)

for _table in (audit, staff_acts):
    for _dialect in ("sqlite", "postgresql"):
        for _statement in append_only.refusing(_table.name, _dialect):
            _create: Any = DDL(_statement)  # type: ignore[no-untyped-call]
            event.listen(_table, "after_create", _create.execute_if(dialect=_dialect))
