import hmac
from datetime import datetime

import pyotp
import segno

from marketplace.adapters.security.vault import Vault
from marketplace.application.identity.factor_ports import Totp
from marketplace.application.identity.factor_views import TwoFactorSetupView
from marketplace.domain.shared.ids import UserId

STEP = 30
SEED = 20
"""Bytes: the length of a SHA-1 (RFC 4226, section 4). Apps know hardly any other hash, length or step."""


class SealedTotp(Totp):
    """SHA-1, six digits, 30 seconds, one step early or late (RFC 6238, section 5.2)."""

    def __init__(self, vault: Vault, *, issuer: str) -> None:
        self._vault = vault
        self._issuer = issuer

    def new_seed(self, user_id: UserId) -> bytes:
        seed = pyotp.random_base32(SEED * 8 // 5)
        return self._vault.seal(seed.encode(), _context(user_id))

    def setup(self, user_id: UserId, seed: bytes, account: str) -> TwoFactorSetupView:
        secret = self._vault.open(seed, _context(user_id)).decode()
        url = pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=self._issuer)
        return TwoFactorSetupView(secret, url, segno.make(url, error="m", micro=False).svg_data_uri(scale=4))

    def step_of(self, user_id: UserId, seed: bytes, code: str, now: datetime) -> int | None:
        codes = pyotp.HOTP(self._vault.open(seed, _context(user_id)).decode())
        current, shown = int(now.timestamp()) // STEP, code.encode("utf-8", "surrogatepass")
        steps = (current + 1, current, current - 1)
        return next((step for step in steps if hmac.compare_digest(codes.at(step).encode(), shown)), None)


def _context(user_id: UserId) -> str:
    return f"totp:{user_id}"
