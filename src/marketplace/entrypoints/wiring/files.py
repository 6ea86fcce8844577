"""Imports and exports of products."""

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.catalog.file_queries import SqlFileQueries
from marketplace.adapters.sql.catalog.files import SqlExports, SqlImports, SqlRoom
from marketplace.application.catalog.exports import DownloadExport, ForgetExport, RequestExport, RunExport
from marketplace.application.catalog.file_ports import Exports, FileQueries, Imports, Room
from marketplace.application.catalog.imports import ForgetImport, RequestImport, RunImport


class FilesProvider(Provider):
    scope = Scope.REQUEST

    room = provide(SqlRoom, provides=Room)
    imports = provide(SqlImports, provides=Imports)
    exports = provide(SqlExports, provides=Exports)
    queries = provide(SqlFileQueries, provides=FileQueries, scope=Scope.APP)
    use_cases = provide_all(
        RequestImport, RunImport, ForgetImport, RequestExport, RunExport, DownloadExport, ForgetExport
    )
