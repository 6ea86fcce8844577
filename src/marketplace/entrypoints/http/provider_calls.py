"""Providers that call us in protocols of their own: no sign-in, no envelope, and answers to the byte."""

from typing import Annotated, Any, Literal

import msgspec
import structlog
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, Response, post, route
from litestar.enums import HttpMethod
from msgspec import Meta

from marketplace.application.payments import click_protocol, payme_protocol
from marketplace.application.payments.click import AnswerClick
from marketplace.application.payments.payme import AnswerPayme
from marketplace.application.payments.provider_ports import Call
from marketplace.entrypoints.http.messages import ApiRequest, ApiResponse

OWN_PROTOCOL = {"idempotency": False}
"""With its own ways to repeat a call."""
FORM = "application/x-www-form-urlencoded"
PAYMENT_ID = "019aa5c0-b3e8-7c1d-9f27-2f0c5b6a7d10"

_Id = Annotated[int, Meta(ge=1, examples=[13867812])]


class PaymeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: Annotated[str, Meta(examples=["CheckPerformTransaction"])]
    params: Annotated[
        dict[str, Any], Meta(examples=[{"amount": 75000000, "account": {payme_protocol.ACCOUNT: PAYMENT_ID}}])
    ]
    id: Annotated[int, Meta(examples=[2032])]
    jsonrpc: Literal["2.0"] = "2.0"


class PaymeReply(msgspec.Struct, frozen=True):
    """Either `result`, as the method has it, or `error` {code, message {ru, uz, en}, data}."""

    id: Annotated[int | str | None, Meta(examples=[2032])]
    jsonrpc: Literal["2.0"]
    result: Annotated[dict[str, Any] | msgspec.UnsetType, Meta(examples=[{"allow": True}])] = msgspec.UNSET
    error: Annotated[
        dict[str, Any] | msgspec.UnsetType,
        Meta(examples=[{"code": -31001, "message": payme_protocol.WORDS[payme_protocol.WRONG_AMOUNT]}]),
    ] = msgspec.UNSET


class ClickPrepare(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    click_trans_id: _Id
    service_id: Annotated[int, Meta(examples=[1])]
    click_paydoc_id: _Id
    merchant_trans_id: Annotated[str, Meta(description="The payment's id.", examples=[PAYMENT_ID])]
    amount: Annotated[str, Meta(description="In so'm.", examples=["750000.00"])]
    action: Annotated[int, Meta(examples=[0])]
    error: Annotated[int, Meta(examples=[0])]
    error_note: Annotated[str, Meta(examples=["Success"])]
    sign_time: Annotated[str, Meta(examples=["2026-11-21 16:40:00"])]
    sign_string: Annotated[str, Meta(examples=["0cc175b9c0f1b6a831c399e269772661"])]


class ClickComplete(ClickPrepare, frozen=True, forbid_unknown_fields=True, kw_only=True):
    merchant_prepare_id: _Id


class ClickReply(msgspec.Struct, frozen=True):
    """`error` is 0, or below: -1 signature, -2 amount, -3 action, -4 paid, -5 no payment, -6 no transaction,
    -8 request, -9 cancelled."""

    error: Annotated[int, Meta(examples=[0])]
    error_note: Annotated[str, Meta(examples=["Success"])]
    click_trans_id: _Id | msgspec.UnsetType = msgspec.UNSET
    merchant_trans_id: Annotated[str, Meta(examples=[PAYMENT_ID])] | msgspec.UnsetType = msgspec.UNSET
    merchant_prepare_id: Annotated[int, Meta(examples=[42])] | msgspec.UnsetType = msgspec.UNSET
    merchant_confirm_id: Annotated[int, Meta(examples=[42])] | msgspec.UnsetType = msgspec.UNSET


class ProviderCallsController(Controller):
    path = "/api/v1/payments/providers"
    tags = ("Payments",)
    opt = OWN_PROTOCOL
    status_code = 200

    @post(
        "/payme", status_code=200, summary="Payme's Merchant API", opt={"takes": ("application/json", PaymeRequest)}
    )  # fmt: skip
    @inject
    async def call_payme(self, request: ApiRequest, answer_payme: FromDishka[AnswerPayme]) -> Response[PaymeReply]:
        """For Payme alone: JSON-RPC with Basic credentials, from its addresses. Always 200; see `error`."""
        return await _payme(request, answer_payme)

    @route(
        "/payme", http_method=[HttpMethod.GET, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE], status_code=200,
        include_in_schema=False,
    )  # fmt: skip
    @inject
    async def call_payme_wrongly(
        self, request: ApiRequest, answer_payme: FromDishka[AnswerPayme]
    ) -> Response[PaymeReply]:
        """Its protocol wants an error in a body, not a status."""
        return await _payme(request, answer_payme)

    @post("/click/prepare", status_code=200, summary="Click's Prepare", opt={"takes": (FORM, ClickPrepare)})
    @inject
    async def prepare_click(self, request: ApiRequest, answer_click: FromDishka[AnswerClick]) -> Response[ClickReply]:
        """For Click alone, by its signature: may this payment be made? Always 200; see `error`."""
        return _json(await answer_click(click_protocol.PREPARE, await _call(request)))

    @post("/click/complete", status_code=200, summary="Click's Complete", opt={"takes": (FORM, ClickComplete)})
    @inject
    async def complete_click(self, request: ApiRequest, answer_click: FromDishka[AnswerClick]) -> Response[ClickReply]:
        """For Click alone, by its signature: it was made, or cancelled (`error` below 0). Always 200; see `error`."""
        return _json(await answer_click(click_protocol.COMPLETE, await _call(request)))


async def _payme(request: ApiRequest, answer_payme: AnswerPayme) -> ApiResponse:
    call = await _call(request)
    try:
        return _json(await answer_payme(call))
    except Exception as error:
        structlog.get_logger().error("call of Payme failed", error=type(error).__name__, exc_info=error)
        refusal = payme_protocol.PaymeRefusal(payme_protocol.INTERNAL)
        return _json(payme_protocol.refuse(payme_protocol.id_of(call.body), refusal))


async def _call(request: ApiRequest) -> Call:
    return Call(
        method=request.method, headers=dict(request.headers.items()), body=await request.body(),
        address=request.scope["state"]["address"],
    )  # fmt: skip


def _json(body: bytes) -> ApiResponse:
    return ApiResponse(body, status_code=200)
