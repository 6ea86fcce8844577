"""Run by adapters/sql/migrate.py (and by Alembic's own commands through it) with a connection and the app's role."""

from alembic import context
from sqlalchemy import text

from marketplace.adapters.sql.tables import metadata

attributes = context.config.attributes
connection = attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, include_schemas=True, version_table_schema="public")
with context.begin_transaction():
    context.run_migrations()
    role = connection.dialect.identifier_preparer.quote(attributes["app_role"])
    connection.execute(text(f"GRANT SELECT ON public.alembic_version TO {role}"))
