"""PAYME_* and CLICK_*: offered when they are whole; what is half set up stops the start with one line."""

import pytest

from marketplace.application.payments.click_protocol import ClickTerms
from marketplace.application.payments.payme_protocol import PaymeTerms
from marketplace.application.payments.payout_ports import PayoutGateways, PayoutKindUnavailable
from marketplace.application.payments.ports import Gateways
from marketplace.domain.payments.payment import PaymentMethod, PaymentMethodUnavailable
from marketplace.domain.payments.payout_account import PayoutAccountKind
from marketplace.entrypoints.wiring.container import build
from marketplace.entrypoints.wiring.payme_click import made_key
from marketplace.entrypoints.wiring.settings import Settings
from tests.fakes.local_market import basic
from tests.unit.test_settings import STRONG, refusal_of, settings_of

CLICK = {
    "CLICK_SERVICE_ID": "777", "CLICK_MERCHANT_ID": "55", "CLICK_MERCHANT_USER_ID": "15", "CLICK_SECRET_KEY": "secret",
}  # fmt: skip
LIVE = {"ENVIRONMENT": "production", "SECRET_KEY": STRONG, "ALLOWED_ORIGINS": "https://shop.example"}


async def terms_of(settings: Settings) -> tuple[PaymeTerms, ClickTerms, Gateways]:
    container = build(settings.with_addresses("postgresql://x", "postgresql://x", "redis://127.0.0.1:1"))
    try:
        return await container.get(PaymeTerms), await container.get(ClickTerms), await container.get(Gateways)
    finally:
        await container.close()


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"PAYME_KEY": "k"}, "PAYME_MERCHANT_ID is missing"),
        ({"PAYME_MERCHANT_ID": "m"}, "PAYME_KEY is missing"),
        ({**LIVE, "PAYME_MERCHANT_ID": "m", "PAYME_TEST_KEY": "k"}, "PAYME_KEY is missing"),
        ({"PAYME_KYE": "k"}, "PAYME_KYE is not a setting"),
        ({"PAYME_IPS": "185.234.113"}, "PAYME_IPS must be networks"),
        ({"PAYME_BUSY_CODE": "-31008"}, "PAYME_BUSY_CODE is no error of an account"),
        ({"PAYME_CHECKOUT_URL": "http://checkout.example"}, "PAYME_CHECKOUT_URL must begin with https://"),
        ({"CLICK_SERVICE_ID": "777"}, "CLICK_MERCHANT_ID is missing beside CLICK_SERVICE_ID"),
        ({"CLICK_SECRET_KEY": "s"}, "CLICK_SERVICE_ID is missing beside CLICK_SECRET_KEY"),
        ({**CLICK, "CLICK_API_BASE": "http://api.example"}, "CLICK_API_BASE must begin with https://"),
    ],
)  # fmt: skip
def test_what_is_half_set_up_stops_the_start(environ: dict[str, str], told: str) -> None:
    refusal = refusal_of(**environ)
    assert told in refusal
    assert "secret" not in refusal


async def test_development_has_keys_of_its_own() -> None:
    settings = settings_of(SECRET_KEY=STRONG)
    payme, click, gateways = await terms_of(settings)
    key = made_key(settings)
    assert (payme.keys, click.secret, click.asks_back) == ((key,), key, False)
    assert len(key) == 36
    for method in (PaymentMethod.PAYME, PaymentMethod.CLICK):
        assert gateways.provider_of(method) == method.value


async def test_production_offers_what_is_set_up_and_nothing_else() -> None:
    payme, click, gateways = await terms_of(settings_of(**LIVE))
    assert (payme.keys, click.secret) == ((), "")
    assert not payme.admits(basic(""), "185.234.113.1")
    for method in (PaymentMethod.PAYME, PaymentMethod.CLICK):
        with pytest.raises(PaymentMethodUnavailable):
            gateways.provider_of(method)


async def test_payme_s_addresses_and_key_hold_in_production() -> None:
    live = settings_of(**LIVE, **CLICK, PAYME_MERCHANT_ID="m", PAYME_KEY="key", PAYME_TEST_KEY="test")
    payme, click, _ = await terms_of(live)
    for last in range(17):
        assert payme.admits(basic("key"), f"185.234.113.{last}") == (1 <= last <= 15)
    assert not payme.admits(basic("test"), "185.234.113.1"), "a test key would pay with play money"
    assert (click.service_id, click.secret, click.asks_back) == ("777", "secret", True)
    testing = settings_of(SECRET_KEY=STRONG, PAYME_MERCHANT_ID="m", PAYME_KEY="key", PAYME_TEST_KEY="test")
    payme, _, _ = await terms_of(testing)
    assert payme.admits(basic("key"), "127.0.0.1")
    assert payme.admits(basic("test"), "127.0.0.1")


async def test_production_takes_no_money_and_sends_none_by_the_simulator() -> None:
    container = build(settings_of(**LIVE).with_addresses("postgresql://x", "postgresql://x", "redis://127.0.0.1:1"))
    try:
        with pytest.raises(PaymentMethodUnavailable):
            (await container.get(Gateways)).provider_of(PaymentMethod.CREDIT_CARD)
        for kind in PayoutAccountKind:
            with pytest.raises(PayoutKindUnavailable):
                (await container.get(PayoutGateways)).provider_of(kind)
    finally:
        await container.close()
