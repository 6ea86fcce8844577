import hmac

from marketplace.adapters.security.vault import Vault
from marketplace.application.payments.methods import PaymentTokens, SealedToken
from marketplace.domain.shared.ids import UserId


class SealedPaymentTokens(PaymentTokens):
    def __init__(self, vault: Vault, fingerprint_key: bytes) -> None:
        self._vault = vault
        self._key = fingerprint_key

    def seal(self, user: UserId, token: str) -> SealedToken:
        fingerprint = hmac.digest(self._key, f"{user}:{token}".encode(), "sha256")
        return SealedToken(self._vault.seal(token.encode(), _context(user)), fingerprint)

    def open(self, user: UserId, sealed: bytes) -> str:
        return self._vault.open(sealed, _context(user)).decode()


def _context(user: UserId) -> str:
    return f"payment-method:{user}"
