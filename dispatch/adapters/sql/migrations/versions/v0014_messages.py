"""Messages: what is to be sent and what became of it, whom to send it to, and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
KEYS = ("order_id", "kind", "audience", "recipient", "channel", "lane", "lang")
GOES_ON = sa.text("state IN ('queued', 'claimed')")


def upgrade() -> None:
    """Add them."""
    _add_messages()
    op.create_table(
        "message_progress",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("stream_epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", name="pk_message_progress"),
    )
    op.create_table(
        "message_contacts",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "key", name="pk_message_contacts"),
    )
    op.create_table(
        "message_opt_outs",
        sa.Column("mark", KEY, nullable=False),
        sa.Column("channel", KEY, nullable=False),
        sa.PrimaryKeyConstraint("mark", "channel", name="pk_message_opt_outs"),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", KEY, nullable=False),
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("account", KEY, nullable=False),
        sa.Column("made_at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
    )
    op.create_index("ix_webhook_endpoints_zone_id_account", "webhook_endpoints", ["zone_id", "account"])


def _add_messages() -> None:
    op.create_table(
        "outgoing_messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        *(sa.Column(name, KEY, nullable=False) for name in KEYS),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("event_at_ms", "due_at_ms", "eta_at_ms")),
        sa.Column("began", sa.Integer, nullable=False),
        *(sa.Column(name, KEY, nullable=False) for name in ("state", "reason")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("tries", "handed")),
        sa.Column("done_at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("holder", KEY, nullable=False),
        sa.Column("claimed_until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing_messages"),
        sa.UniqueConstraint(
            *("zone_id", "epoch", "seq", "order_id", "audience", "recipient", "channel"),
            name="uq_outgoing_messages_event",
        ),
    )
    op.create_index(
        "ix_messages_due",
        "outgoing_messages",
        ["zone_id", "due_at_ms"],
        sqlite_where=GOES_ON,
        postgresql_where=GOES_ON,
    )
    op.create_index("ix_outgoing_messages_zone_id_order_id", "outgoing_messages", ["zone_id", "order_id"])
    op.create_index(
        "ix_outgoing_messages_zone_id_recipient_event_at_ms",
        "outgoing_messages",
        ["zone_id", "recipient", "event_at_ms"],
    )
