"""What the application's role may do, said by the migration that makes a schema (and by env.py)."""

from alembic import context


def app_role() -> str:
    """The role of the running application, quoted for SQL."""
    role: str = context.config.attributes["app_role"]
    return context.get_bind().dialect.identifier_preparer.quote(role)


def create_schema(name: str) -> None:
    """A schema that the application may use; each of its tables is granted with `grant`."""
    context.execute(f"CREATE SCHEMA {name}")
    context.execute(f"GRANT USAGE ON SCHEMA {name} TO {app_role()}")


def grant(table: str, privileges: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    context.execute(f"GRANT {privileges} ON {table} TO {app_role()}")
