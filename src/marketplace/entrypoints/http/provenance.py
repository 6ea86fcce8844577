"""Where lots and orders come from, link by link, and whether that is still true."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.provenance import (
    MOST_LINKS,
    LotProvenanceView,
    ProvenanceLink,
    ProvenanceQueries,
    ProvenanceView,
    VerdictView,
    VerifyProvenance,
)
from marketplace.domain.shared.ids import OrderId
from marketplace.domain.trading.terms import LotId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Success

PRIVATE = CacheControlHeader(no_store=True)


class Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    links: Annotated[
        list[ProvenanceLink], Meta(min_length=1, max_length=MOST_LINKS, description="As a provenance gave them.")
    ]


class ProvenanceController(Controller):
    path = "/api/v1"
    tags = ("Trade desk",)
    security = BEARER

    @get("/trade-desk/tested-lots/{lot_id:uuid}/provenance", summary="Where a lot comes from", cache_control=PRIVATE)
    @inject
    async def lot_provenance(
        self, lot_id: FromPath[LotId], actor: FromDishka[Actor], provenances: FromDishka[ProvenanceQueries]
    ) -> Success[LotProvenanceView]:
        """The lot and its reports, and the orders over it that you are a party of. For its owner and those parties."""
        return Success(await provenances.lot(actor, lot_id))

    @get("/orders/{order_id:uuid}/provenance", summary="Where an order comes from", cache_control=PRIVATE)
    @inject
    async def order_provenance(
        self, order_id: FromPath[OrderId], actor: FromDishka[Actor], provenances: FromDishka[ProvenanceQueries]
    ) -> Success[ProvenanceView]:
        """From the tested lot, if there is one, and the reports there were, over each version of the terms, to the
        order. For buyer and seller. For goods of the desk and of tested lots the hashes are frozen when it is agreed
        on: keep `hash`, and nobody can alter the chain unnoticed."""
        return Success(await provenances.order(actor, order_id))

    @post("/trade-desk/provenance/verify", status_code=200, summary="Verify where an order comes from")
    @inject
    async def verify_provenance(
        self, data: JSONBody[Chain], actor: FromDishka[Actor], verify: FromDishka[VerifyProvenance]
    ) -> Success[VerdictView]:
        """For whoever was shown a chain. Every hash is computed anew and compared with what was frozen and with what is
        stored now; `first_wrong` names the first link that is not true, and why."""
        return Success(await verify(actor, data.links))
