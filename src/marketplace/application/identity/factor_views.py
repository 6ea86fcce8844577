"""What the identity context shows of second factors."""

from datetime import datetime

import msgspec

from marketplace.domain.identity.passkey import Passkey, PasskeyId


class TwoFactorSetupView(msgspec.Struct, frozen=True):
    """`secret` is base32 for typing, `otpauth_url` the same for apps, `qr_svg` an image of that as a data URI."""

    secret: str
    otpauth_url: str
    qr_svg: str


class TwoFactorView(msgspec.Struct, frozen=True):
    enabled: bool
    recovery_codes_left: int


class RecoveryCodesView(msgspec.Struct, frozen=True):
    """Shown this once; each stands in for a code of the app once."""

    enabled: bool
    recovery_codes: list[str]


class PasskeyView(msgspec.Struct, frozen=True):
    """`backed_up`: its provider keeps a copy. `suspected_at`: a second copy was seen, it signs nobody in any more."""

    id: PasskeyId
    name: str
    transports: list[str]
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None
    suspected_at: datetime | None

    @classmethod
    def of(cls, passkey: Passkey) -> "PasskeyView":
        return cls(
            id=passkey.id, name=passkey.name, transports=list(passkey.transports), backed_up=passkey.backed_up,
            created_at=passkey.created_at, last_used_at=passkey.last_used_at, suspected_at=passkey.suspected_at,
        )  # fmt: skip
