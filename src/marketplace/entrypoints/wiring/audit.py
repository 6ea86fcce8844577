from collections.abc import AsyncIterator, Callable

from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.security.signatures import Ed25519Signer
from marketplace.adapters.sql.audit.batch import AuditBatch
from marketplace.adapters.sql.audit.chain import SqlAuditChain
from marketplace.adapters.sql.audit.queries import SqlAuditQueries
from marketplace.adapters.sql.audit.refusals import BufferedRefusals
from marketplace.adapters.sql.audit.seal import SqlSealAuditTrail
from marketplace.adapters.sql.audit.trail import SqlAuditTrail
from marketplace.adapters.sql.pool import Pool
from marketplace.application.shared.audit import Acting, AuditTrail, Refusals, SealAuditTrail
from marketplace.application.shared.audit_chain import AuditChain, Signer, SignHead
from marketplace.application.shared.audit_log import AuditQueries, ExportAuditLog
from marketplace.application.shared.audit_verify import VerifyAuditTrail
from marketplace.application.shared.caller import Caller
from marketplace.entrypoints.wiring.audited import AUDITED


class AuditProvider(Provider):
    """`key` gives 32 secret bytes for each purpose."""

    scope = Scope.REQUEST

    def __init__(self, key: Callable[[str], bytes]) -> None:
        super().__init__()
        self._networks = key("audit-network")
        self._heads = key("audit-head")

    @provide
    def acting(self) -> Acting:
        return Acting()

    trail = provide(SqlAuditTrail, provides=AuditTrail)

    @provide
    def batch(self, caller: Caller, acting: Acting) -> AuditBatch:
        return AuditBatch(AUDITED, caller, acting, self._networks)

    @provide(scope=Scope.APP)
    async def refusals(self, pool: Pool) -> AsyncIterator[Refusals]:
        refusals = BufferedRefusals(pool, self._networks)
        yield refusals
        await refusals.close()

    @provide(scope=Scope.APP)
    def signer(self) -> Signer:
        return Ed25519Signer(self._heads)

    @provide(scope=Scope.APP)
    def seal(self, pool: Pool) -> SealAuditTrail:
        return SqlSealAuditTrail(pool)

    chain = provide(SqlAuditChain, provides=AuditChain, scope=Scope.APP)
    queries = provide(SqlAuditQueries, provides=AuditQueries, scope=Scope.APP)
    sign_head = provide(SignHead, scope=Scope.APP)
    use_cases = provide_all(ExportAuditLog, VerifyAuditTrail)
