"""What has to be so before an operation can be done, and what to send where the document's example does not fit."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from marketplace.application.identity.passwords import reset_state
from marketplace.application.identity.permissions import PERMISSIONS
from marketplace.application.identity.ports import AccountQueries, CodePurpose, MailPurpose, MailTokens, OneTimeCodes
from marketplace.application.shared.actor import Permission
from marketplace.domain.shared.ids import UserId
from prove.people import PRODUCT
from tests.builders.authenticator import Authenticator
from tests.builders.documents import a_pdf
from tests.builders.factors import code_of
from tests.builders.identity import PASSWORD
from tests.builders.images import a_jpeg
from tests.fakes.openid_provider import LocalProvider, consent
from tests.http.access.scene import A_FILE, ROLES, Scene, free_slot, passkey, payout_account, settled, webhook_endpoint
from tests.http.identity.house import registration

Fields = dict[str, Any]


async def arranged(operation: str, scene: Scene, kind: str) -> Fields:
    """The fields of the body to change, None to leave one out.

    Kinds that have no account of their own stand for the owner; once for each account of a scene.
    """
    if operation not in ARRANGEMENTS:
        return {}
    return await scene.once(ARRANGEMENTS[operation], kind if kind in ROLES else "owner")


async def _somebody_new(_: Scene, _kind: str) -> Fields:
    return registration()


async def _somebody_to_talk_with(scene: Scene, _: str) -> Fields:
    return {"other_user_id": (await _registered(scene))["user"]["id"], "product_id": None}


async def _own_conversation(scene: Scene, _: str) -> Fields:
    return {"conversation_id": await scene.id("conversation_id")}


async def _registered(scene: Scene) -> Fields:
    return await scene.stage.house.registered()


async def _credentials(scene: Scene, _: str) -> Fields:
    email = (await _registered(scene))["user"]["email"]
    nothing = dict.fromkeys(("otp_code", "recovery_code", "passkey"))
    return {"identifier": email, "password": PASSWORD, **nothing}


async def _credentials_in_a_form(scene: Scene, _: str) -> Fields:
    return {"username": (await _registered(scene))["user"]["email"], "password": PASSWORD}


async def _refresh_token(scene: Scene, _: str) -> Fields:
    return {"refresh_token": (await _registered(scene))["refresh_token"]}


async def _code(scene: Scene, _: str) -> Fields:
    user = (await _registered(scene))["user"]
    codes = await scene.stage.house.container.get(OneTimeCodes)
    email = user["email"]
    code = await codes.make(CodePurpose.VERIFY_ACCOUNT, user["id"], f"email:{email}")
    return {"identifier": email, "otp_code": code}


async def _proof(_: Scene, _kind: str) -> Fields:
    return {"password": PASSWORD, "otp_code": None, "recovery_code": None, "passkey": None}


async def _passwords(_: Scene, _kind: str) -> Fields:
    return {"current_password": PASSWORD, "new_password": "Another-Horse-8"}


def _mailed(purpose: MailPurpose) -> Callable[[Scene, str], Awaitable[Fields]]:
    async def fields(scene: Scene, _: str) -> Fields:
        container = scene.stage.house.container
        accounts, tokens = await container.get(AccountQueries), await container.get(MailTokens)
        contact = await accounts.contact(UserId((await scene.person("owner")).id))
        assert contact
        state = reset_state(contact) if purpose is MailPurpose.RESET_PASSWORD else contact.email
        expires_at = scene.stage.clock.now() + timedelta(minutes=10)
        return {"token": tokens.write(purpose, contact.user_id, state, expires_at)}

    return fields


async def _new_password(scene: Scene, kind: str) -> Fields:
    return {**await _mailed(MailPurpose.RESET_PASSWORD)(scene, kind), "password": "Another-Horse-8"}


async def _not_verified(scene: Scene, kind: str) -> Fields:
    somebody = await scene.person(kind)
    await scene.stage.sql("UPDATE identity.users SET email_verified = false WHERE id = $1", somebody.id)
    return {}


async def _new_address(_: Scene, _kind: str) -> Fields:
    return {"email": registration()["email"], "phone": None}


async def _code_of_the_new_address(scene: Scene, kind: str) -> Fields:
    codes, somebody = await scene.stage.house.container.get(OneTimeCodes), await scene.person(kind)
    about = f"email:{registration()['email']}"
    return {"otp_code": await codes.make(CodePurpose.CHANGE_CONTACT, str(somebody.id), about)}


async def _set_up(scene: Scene, kind: str) -> str:
    """The secret of the authenticator app."""
    return str((await scene.do(kind, "POST", "/auth/2fa/setup"))["secret"])


async def _first_app_code(scene: Scene, kind: str) -> Fields:
    return {"code": code_of(await _set_up(scene, kind), scene.stage.clock.now())}


async def _app_code(scene: Scene, kind: str) -> Fields:
    secret, now = await _set_up(scene, kind), scene.stage.clock.now()
    await scene.do(kind, "POST", "/auth/2fa/verify", {"code": code_of(secret, now, -1)})
    return {"code": code_of(secret, now)}


async def _app_code_alone(scene: Scene, kind: str) -> Fields:
    return {**await _app_code(scene, kind), "recovery_code": None}


async def _no_scopes(_: Scene, _kind: str) -> Fields:
    """Those of the example are beyond most roles."""
    return {"scopes": []}


async def _new_passkey(scene: Scene, kind: str) -> Fields:
    return {"credential": Authenticator().create(await scene.do(kind, "POST", "/auth/passkeys/options"))}


async def _known_passkey(scene: Scene, _: str) -> Fields:
    authenticator = Authenticator()
    await passkey(scene, authenticator)
    return {"credential": authenticator.get(await scene.do("owner", "POST", "/auth/passkeys/login/options"))}


async def _our_page(_: Scene, _kind: str) -> Fields:
    return {"redirect_uri": None}


async def _consent(scene: Scene, _: str) -> Fields:
    """Of somebody whom the provider has not sent before."""
    scene.stage.provider.person = LocalProvider().person
    started = await scene.do("owner", "POST", "/auth/oidc/start", {})
    answer = await consent(started["authorization_url"])
    return {**answer, "otp_code": None, "recovery_code": None, "passkey": None}


async def _slot(scene: Scene, _: str) -> Fields:
    return {"starts_at": await free_slot(scene, await scene.id("POST /api/v1/services/{service_id}/bookings"))}


async def _new_slug(_: Scene, _kind: str) -> Fields:
    return {"slug": f"c{uuid4().hex[:12]}", "parent": None}


async def _picture(_: Scene, _kind: str) -> Fields:
    return {"file": ("me.jpg", a_jpeg())}


async def _products(_: Scene, _kind: str) -> Fields:
    return {"file": ("products.csv", A_FILE)}


async def _listing(scene: Scene, _: str) -> Fields:
    return {"listing_id": await scene.id("product_id")}


async def _report(scene: Scene, kind: str) -> Fields:
    return {
        "file": ("report.pdf", a_pdf()),
        "purpose": (None, "lab_report"),
        "listing_id": (None, (await _listing(scene, kind))["listing_id"]),
    }


async def _lot_report(scene: Scene, _: str) -> Fields:
    """Of another document than the one that the lot has already."""
    return {"document_id": await scene.id("document_id")}


async def _no_move(_: Scene, _kind: str) -> Fields:
    return {"status": None}


async def _for_nobody(_: Scene, _kind: str) -> Fields:
    """For 48 hours."""
    return {"for_user": None, "trade_id": None, "until": None}


async def _some_of_it(_: Scene, _kind: str) -> Fields:
    return {"reservation_id": None}


async def _part(_: Scene, _kind: str) -> Fields:
    return {"content": a_pdf()}


async def _a_file(_: Scene, _kind: str) -> Fields:
    return {"file": ("note.pdf", a_pdf()), "description": (None, "The carrier's note.")}


async def _an_attachment(_: Scene, _kind: str) -> Fields:
    return {"file": ("note.pdf", a_pdf())}


async def _plain_words(_: Scene, _kind: str) -> Fields:
    return {"attachments": None, "location": None}


async def _no_proposal(_: Scene, _kind: str) -> Fields:
    """Moderators propose nothing."""
    return {"proposal": None}


async def _any_seller(_: Scene, _kind: str) -> Fields:
    """Nobody has the id of the example."""
    return {"seller_id": None}


async def _no_lot(_: Scene, _kind: str) -> Fields:
    return {"lot_id": None}


async def _no_other_terms(_: Scene, _kind: str) -> Fields:
    return {"terms": None}


async def _an_offer_to_award(scene: Scene, _: str) -> Fields:
    trade = await scene.id("POST /api/v1/trade-desk/trades/{trade_id}/award")
    found = await scene.stage.sql("SELECT id FROM trading.negotiations WHERE subject_id = $1", UUID(trade))
    return {"items": [{"offer_id": str(found)}]}


async def _no_saved_means(_: Scene, _kind: str) -> Fields:
    """A card, and neither a token nor a saved method."""
    return {"token": None, "method_id": None}


async def _no_products(_: Scene, _kind: str) -> Fields:
    """Nor aspects: those of the example are of both sides."""
    return {"products": None, "aspects": None}


async def _in_a_week(scene: Scene, _: str) -> Fields:
    return {"valid_until": (scene.stage.clock.now() + timedelta(days=7)).isoformat()}


async def _new_promo_code(_: Scene, _kind: str) -> Fields:
    """A percentage of the price."""
    return {"code": f"C-{uuid4().hex[:28]}", "amount": None}


async def _promo_code(scene: Scene, _: str) -> Fields:
    """On something that the owner sells."""
    code = await scene.stage.sql(
        "SELECT code FROM promotions.promo_codes WHERE id = $1", UUID(await scene.id("code_id"))
    )
    return {"code": code, "seller_id": str((await scene.person("owner")).id), "product_ids": None}


async def _to_the_seller(_: Scene, _kind: str) -> Fields:
    return {"worker_id": None}


async def _shipped_now(_: Scene, _kind: str) -> Fields:
    return {"shipped_at": None}


async def _something_to_buy(scene: Scene, kind: str) -> Fields:
    """Of somebody else; one for each who asks."""
    product = await scene.do("owner" if kind == "seller" else "seller", "POST", "/products", PRODUCT)
    nothing = dict.fromkeys(("service_id", "scheduled_at", "promo_code", "quantity"))
    return {"product_id": product["id"], **nothing}


async def _something_for_the_cart(scene: Scene, kind: str) -> Fields:
    return {"product_id": (await _something_to_buy(scene, kind))["product_id"]}


async def _a_full_cart(scene: Scene, kind: str) -> Fields:
    if kind not in {"moderator", "finance"}:
        await scene.do(kind, "POST", "/cart/items", await _something_for_the_cart(scene, kind))
    return dict.fromkeys(("item_ids", "promo_code", "payment_method", "card"))


async def _paid_by_owner(scene: Scene, _: str) -> Fields:
    return {"payment_id": await scene.id("payment_id"), "order_id": None}


async def _to_pay_out(scene: Scene, kind: str) -> Fields:
    if Permission.RECEIVE_PAYOUTS in PERMISSIONS[ROLES[kind]]:
        await payout_account(scene, kind)
        await settled(scene, kind)
    return {"account_id": None}


async def _by_subscription(_: Scene, _kind: str) -> Fields:
    return {"token": None}


async def _by_card_alone(_: Scene, _kind: str) -> Fields:
    return dict.fromkeys(("promo_code", "token", "method_id"))


async def _own_webhook_endpoint(scene: Scene, kind: str) -> Fields:
    return {"endpoint_id": await webhook_endpoint(scene, kind)}


ARRANGEMENTS: Mapping[str, Callable[[Scene, str], Awaitable[Fields]]] = {
    "POST /api/v1/calls": _own_conversation,
    "POST /api/v1/conversations": _somebody_to_talk_with,
    "POST /api/v1/auth/register": _somebody_new,
    "POST /api/v1/notifications/push-tokens": _by_subscription,
    "POST /api/v1/payments/order/{order_id}/pay": _by_card_alone,
    "POST /api/v1/auth/login": _credentials,
    "POST /api/v1/auth/login/oauth2": _credentials_in_a_form,
    "POST /api/v1/auth/refresh": _refresh_token,
    "POST /api/v1/auth/verify-otp": _code,
    "POST /api/v1/auth/step-up": _proof,
    "POST /api/v1/auth/password/change": _passwords,
    "POST /api/v1/auth/password/reset": _new_password,
    "POST /api/v1/auth/verify-email": _mailed(MailPurpose.VERIFY_EMAIL),
    "POST /api/v1/auth/verify-email/resend": _not_verified,
    "POST /api/v1/auth/contact": _new_address,
    "POST /api/v1/auth/contact/confirm": _code_of_the_new_address,
    "POST /api/v1/auth/2fa/verify": _first_app_code,
    "POST /api/v1/auth/2fa/disable": _app_code_alone,
    "POST /api/v1/auth/2fa/recovery-codes": _app_code,
    "POST /api/v1/auth/api-keys": _no_scopes,
    "POST /api/v1/auth/passkeys": _new_passkey,
    "POST /api/v1/auth/passkeys/login": _known_passkey,
    "POST /api/v1/auth/oidc/start": _our_page,
    "POST /api/v1/auth/oidc/callback": _consent,
    "POST /api/v1/auth/oidc/link": _consent,
    "POST /api/v1/users/me/avatar": _picture,
    "POST /api/v1/products/imports": _products,
    "POST /api/v1/services/{service_id}/bookings": _slot,
    "POST /api/v1/categories": _new_slug,
    "POST /api/v1/services/categories": _new_slug,
    "POST /api/v1/products/{product_id}/media": _picture,
    "POST /api/v1/documents": _report,
    "POST /api/v1/uploads": _listing,
    "PUT /api/v1/uploads/{upload_id}/parts/{part_number}": _part,
    "POST /api/v1/trade-desk/trades/{trade_id}/offers": _no_lot,
    "POST /api/v1/trade-desk/trades/{trade_id}/award": _an_offer_to_award,
    "PATCH /api/v1/trade-desk/offers/{offer_id}": _no_lot,
    "POST /api/v1/trade-desk/offers/{offer_id}/negotiations": _no_other_terms,
    "POST /api/v1/trade-desk/negotiations/{negotiation_id}/counter": _no_other_terms,
    "PATCH /api/v1/trade-desk/tested-lots/{lot_id}": _no_move,
    "POST /api/v1/trade-desk/tested-lots/{lot_id}/reports": _lot_report,
    "POST /api/v1/trade-desk/tested-lots/{lot_id}/reserve": _for_nobody,
    "POST /api/v1/trade-desk/tested-lots/{lot_id}/release": _some_of_it,
    "POST /api/v1/orders": _something_to_buy,
    "POST /api/v1/orders/create": _something_to_buy,
    "POST /api/v1/cart/items": _something_for_the_cart,
    "POST /api/v1/checkout": _a_full_cart,
    "POST /api/v1/refund-requests": _paid_by_owner,
    "POST /api/v1/payments/methods": _no_saved_means,
    "POST /api/v1/orders/{order_id}/reviews": _no_products,
    "POST /api/v1/trade-desk/trades": _in_a_week,
    "POST /api/v1/disputes/{dispute_id}/evidence": _a_file,
    "POST /api/v1/conversations/{conversation_id}/attachments": _an_attachment,
    "POST /api/v1/conversations/{conversation_id}/messages": _plain_words,
    "POST /api/v1/disputes/{dispute_id}/messages": _no_proposal,
    "POST /api/v1/orders/{order_id}/assign": _to_the_seller,
    "POST /api/v1/orders/{order_id}/fulfilments": _shipped_now,
    "PATCH /api/v1/trade-desk/trades/{trade_id}": _in_a_week,
    "POST /api/v1/fee-schedules": _any_seller,
    "PATCH /api/v1/fee-schedules/{fee_schedule_id}": _any_seller,
    "POST /api/v1/payouts": _to_pay_out,
    "POST /api/v1/webhooks/replay": _own_webhook_endpoint,
    "POST /api/v1/promo-codes": _new_promo_code,
    "POST /api/v1/promo-codes/validate": _promo_code,
}
