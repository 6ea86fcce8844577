"""Tested lots of the desk, and where orders come from."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.trading_asks_catalog import ReportDocumentsOfCatalog
from marketplace.adapters.bridges.trading_reserves_lots import ReservationsOfInventory
from marketplace.adapters.sql.trading.lot_queries import SqlLotQueries
from marketplace.adapters.sql.trading.lots import SqlTestedLots
from marketplace.adapters.sql.trading.provenance import SqlProvenanceQueries, SqlProvenances
from marketplace.application.trading.lots import (
    AddLot,
    AttachReport,
    ReleaseReservation,
    ReserveLot,
    ReviseLot,
    SettleLot,
    WithdrawLot,
)
from marketplace.application.trading.provenance import (
    FreezeProvenance,
    ProvenanceQueries,
    Provenances,
    VerifyProvenance,
)
from marketplace.application.trading.tested_lot_ports import (
    LotQueries,
    ReportDocuments,
    Reservations,
    TestedLots,
)


class TestedLotsProvider(Provider):
    scope = Scope.REQUEST

    lots = provide(SqlTestedLots, provides=TestedLots)
    queries = provide(SqlLotQueries, provides=LotQueries, scope=Scope.APP)
    reservations = provide(ReservationsOfInventory, provides=Reservations)
    documents = provide(ReportDocumentsOfCatalog, provides=ReportDocuments)
    provenances = provide(SqlProvenances, provides=Provenances)
    provenance_queries = provide(SqlProvenanceQueries, provides=ProvenanceQueries, scope=Scope.APP)
    use_cases = provide_all(
        AddLot, ReviseLot, WithdrawLot, AttachReport, ReserveLot, ReleaseReservation, SettleLot, FreezeProvenance,
        VerifyProvenance,
    )  # fmt: skip
