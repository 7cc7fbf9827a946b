"""Run by Alembic, with the transaction that `migrations.upgrade` opened."""

from alembic import context

from dispatch.adapters.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
