"""What proves the books: accounts, their entries, and the invariants of the database."""

from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.invariants import InvariantQueries, InvariantView
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success
from marketplace.entrypoints.http.provenance import PRIVATE


class LedgerController(Controller):
    path = "/api/v1/ledger"
    tags = ("Ledger",)
    security = BEARER

    @get("/invariants", summary="What must hold in the database, and whether it does", cache_control=PRIVATE)
    @inject
    async def invariants(
        self, actor: FromDishka[Actor], queries: FromDishka[InvariantQueries]
    ) -> Success[list[InvariantView]]:
        """For who may read the ledger. A worker checks each every minute, on what came within the last day."""
        return Success(await queries.invariants(actor))
