"""The part of identity that manages people."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.bridges.identity_asks_for_obligations import ObligationsOfCommerce
from marketplace.adapters.bridges.identity_asks_for_records import RecordsOfEverybody
from marketplace.adapters.sql.identity.traces import SqlPersonalTraces
from marketplace.adapters.sql.identity.workers import SqlWorkerProfiles, SqlWorkerQueries
from marketplace.application.identity.export import ExportPersonalData
from marketplace.application.identity.people import ActivateUser, ChangeRole, DeleteAccount, EditProfile, SuspendUser
from marketplace.application.identity.people_ports import (
    Obligations,
    PersonalRecords,
    PersonalTraces,
    WorkerProfiles,
    WorkerQueries,
)
from marketplace.application.identity.workers import DescribeWork


class PeopleProvider(Provider):
    scope = Scope.REQUEST

    workers = provide(SqlWorkerProfiles, provides=WorkerProfiles)
    traces = provide(SqlPersonalTraces, provides=PersonalTraces)
    worker_queries = provide(SqlWorkerQueries, provides=WorkerQueries, scope=Scope.APP)
    obligations = provide(ObligationsOfCommerce, provides=Obligations)
    records = provide(RecordsOfEverybody, provides=PersonalRecords, scope=Scope.APP)
    use_cases = provide_all(
        EditProfile, DeleteAccount, SuspendUser, ActivateUser, ChangeRole, DescribeWork, ExportPersonalData
    )
