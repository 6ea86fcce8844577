"""What of a deleted account is left in the database: its id, and nothing to sign in with."""

from uuid import uuid4

from marketplace.adapters.sql.identity.sessions import SqlSessions
from marketplace.adapters.sql.identity.traces import SqlPersonalTraces
from marketplace.adapters.sql.identity.users import SqlUsers
from marketplace.adapters.sql.pool import Pool
from marketplace.adapters.sql.transaction import SqlTransaction
from tests.builders.identity import a_session, a_user


async def test_a_wipe_leaves_no_credential_and_no_trace_of_the_device(pool: Pool) -> None:
    user, other = a_user(), a_user()
    transaction = SqlTransaction(pool, {})
    async with transaction:
        for one in (user, other):
            await SqlUsers(transaction).add(one)
            await SqlSessions(transaction).add(a_session(one, device="a browser", address="192.0.2.1"))
            await transaction.connection.execute(
                "INSERT INTO identity.outside_identities (id, user_id, issuer, subject, linked_at) "
                "VALUES ($1, $2, 'https://p.example', $3, now())",
                uuid4(), one.id, str(one.id),
            )  # fmt: skip
        await SqlPersonalTraces(transaction).wipe(user.id)
    async with pool.connection() as connection:
        left = await connection.fetch("SELECT user_id FROM identity.outside_identities WHERE subject = ANY($1)", [
            str(user.id), str(other.id),
        ])  # fmt: skip
        devices = await connection.fetch(
            "SELECT user_id, device, address FROM identity.sessions WHERE user_id = ANY($1)", [user.id, other.id]
        )
    assert [row["user_id"] for row in left] == [other.id]
    assert {row["user_id"]: (row["device"], row["address"]) for row in devices} == {
        user.id: ("", ""), other.id: ("a browser", "192.0.2.1")
    }  # fmt: skip
