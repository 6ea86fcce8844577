import re
import secrets
from hashlib import sha256

from marketplace.application.identity.factor_ports import RecoveryCodes
from marketplace.domain.identity.second_factor import RECOVERY_CODES
from marketplace.domain.shared.ids import UserId

ALPHABET = "abcdefghjkmnpqrstuvwxyz023456789"
"""32 characters; i, l, o and 1 are missing, so that nothing is read wrongly from paper."""

GROUPS, GROUP = 4, 6
"""24 characters are 120 bits: too many to guess, so a plain hash is enough (ASVS 5.0, 6.5.2)."""

_TYPED_BETWEEN = re.compile(r"[\s-]+")


class HashedRecoveryCodes(RecoveryCodes):
    def make(self) -> list[str]:
        return [_one() for _ in range(RECOVERY_CODES)]

    def hash(self, user_id: UserId, code: str) -> bytes:
        plain = _TYPED_BETWEEN.sub("", code).lower()
        return sha256(user_id.bytes + plain.encode("utf-8", "surrogatepass")).digest()


def _one() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
