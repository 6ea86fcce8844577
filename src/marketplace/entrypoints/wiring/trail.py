"""The audit trail for whoever runs the service."""

from marketplace.application.shared.audit_chain import AuditChain, Head, SignedHead, SignHead
from marketplace.application.shared.audit_verify import VerificationView, verify_all
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.settings import Settings


async def verify(settings: Settings, witnessed: Head | None) -> VerificationView:
    container = build(settings, pool_size=1)
    try:
        return await verify_all(await container.get(AuditChain), witnessed)
    finally:
        await container.close()


async def signed_head(settings: Settings) -> SignedHead | None:
    """None while nothing is sealed."""
    container = build(settings, pool_size=1)
    try:
        return await (await container.get(SignHead))()
    finally:
        await container.close()
