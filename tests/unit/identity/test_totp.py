"""The adapters that make codes, against the vectors of the standard and an independent app."""

import re
from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import pyotp
import pytest

from marketplace.adapters.security.recovery_codes import HashedRecoveryCodes
from marketplace.adapters.security.totp import SealedTotp
from marketplace.adapters.security.vault import NotSealedByUs, Vault
from marketplace.domain.shared.ids import UserId
from tests.builders.identity import NOON

VAULT = Vault([b"v" * 32])
TOTP = SealedTotp(VAULT, issuer="Market place")
USER = UserId(uuid4())


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """Its appendix B, cut to six digits."""
    seed = VAULT.seal(b32encode(b"12345678901234567890"), f"totp:{USER}")
    assert TOTP.step_of(USER, seed, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_a_code_is_good_one_step_early_and_late() -> None:
    seed = TOTP.new_seed(USER)
    app = pyotp.parse_uri(TOTP.setup(USER, seed, "amina@marketplace.example").otpauth_url)
    assert isinstance(app, pyotp.TOTP)
    step = int(NOON.timestamp()) // 30
    for away in (-1, 0, 1):
        assert TOTP.step_of(USER, seed, app.at(NOON + timedelta(seconds=30 * away)), NOON) == step + away
    for away in (-2, 2):
        assert TOTP.step_of(USER, seed, app.at(NOON + timedelta(seconds=30 * away)), NOON) is None


@pytest.mark.parametrize("hostile", ["", "\0", "\ud800", "12345", "1234567", "\u0661" * 6, "x" * 100_000])
def test_whatever_is_shown_is_merely_wrong(hostile: str) -> None:
    assert TOTP.step_of(USER, TOTP.new_seed(USER), hostile, NOON) is None


def test_an_app_reads_what_it_is_shown() -> None:
    seed = TOTP.new_seed(USER)
    view = TOTP.setup(USER, seed, "amina+shop@marketplace.example")
    url = urlsplit(view.otpauth_url)
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert unquote(url.path) == "/Market place:amina+shop@marketplace.example"
    assert parse_qs(url.query) == {"secret": [view.secret], "issuer": ["Market place"]}
    assert len(b32decode(view.secret)) == 20
    assert view.qr_svg.startswith("data:image/svg+xml")
    assert view.secret not in view.qr_svg


def test_a_seed_is_sealed_for_its_user() -> None:
    seed = TOTP.new_seed(USER)
    secret = TOTP.setup(USER, seed, "amina").secret
    assert seed != TOTP.new_seed(USER)
    assert secret.encode() not in seed
    for stranger, vault in ((UserId(uuid4()), VAULT), (USER, Vault([b"w" * 32]))):
        with pytest.raises(NotSealedByUs):
            SealedTotp(vault, issuer="x").step_of(stranger, seed, "000000", NOON)


def test_recovery_codes_are_long_readable_and_hashed_for_their_user() -> None:
    codes = HashedRecoveryCodes()
    made = codes.make()
    assert len(set(made)) == 10
    assert all(re.fullmatch("([a-hjkmnp-z02-9]{6}-){3}[a-hjkmnp-z02-9]{6}", code) for code in made)
    hashed = codes.hash(USER, made[0])
    assert len(hashed) == 32
    assert hashed == codes.hash(USER, f"  {made[0].upper().replace('-', '')}\n")
    assert hashed != codes.hash(UserId(uuid4()), made[0])
    assert hashed != codes.hash(USER, made[1])
