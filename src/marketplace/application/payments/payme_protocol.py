"""The wire format of Payme's Merchant API: JSON-RPC 2.0 over POST, every answer with HTTP status 200."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.domain.payments.payme import WIRE_STATE, PaymeTransaction
from marketplace.domain.shared.ids import PaymentId

ACCOUNT = "order_id"
"""The one field of `account`; it holds the id of a payment of ours."""
UNKNOWN_ACCOUNT = -31050
BUSY_ACCOUNT = -31051
NOT_PAYABLE = -31052
WRONG_AMOUNT, NO_TRANSACTION, CANNOT_CANCEL, STATE_FORBIDS = -31001, -31003, -31007, -31008
NOT_POST, NOT_JSON, BAD_REQUEST, NO_METHOD, NOT_ADMITTED, INTERNAL = -32300, -32700, -32600, -32601, -32504, -32400
BAD_FISCAL_DATA = -32602

WORDS: Mapping[int, Mapping[str, str]] = {
    UNKNOWN_ACCOUNT: {"ru": "Платёж не найден", "uz": "To'lov topilmadi", "en": "Payment not found"},
    BUSY_ACCOUNT: {
        "ru": "По этому платежу уже есть транзакция", "uz": "Bu to'lov bo'yicha tranzaksiya bor",
        "en": "This payment has a transaction already",
    },
    NOT_PAYABLE: {
        "ru": "Этот платёж больше не ожидается", "uz": "Bu to'lov endi kutilmaydi",
        "en": "This payment is not awaited any more",
    },
    WRONG_AMOUNT: {"ru": "Неверная сумма", "uz": "Summa noto'g'ri", "en": "Wrong amount"},
    NO_TRANSACTION: {"ru": "Транзакция не найдена", "uz": "Tranzaksiya topilmadi", "en": "Transaction not found"},
    CANNOT_CANCEL: {
        "ru": "Заказ выполнен, отменить транзакцию нельзя", "uz": "Buyurtma bajarilgan, bekor qilib bo'lmaydi",
        "en": "The order is fulfilled: the transaction cannot be cancelled",
    },
    STATE_FORBIDS: {
        "ru": "Состояние транзакции не позволяет это", "uz": "Tranzaksiya holati bunga yo'l qo'ymaydi",
        "en": "The state of the transaction forbids it",
    },
    NOT_POST: {"ru": "Нужен метод POST", "uz": "POST usuli kerak", "en": "POST is needed"},
    NOT_JSON: {"ru": "Ошибка разбора JSON", "uz": "JSON noto'g'ri", "en": "Not valid JSON"},
    BAD_REQUEST: {"ru": "Неверный запрос", "uz": "So'rov noto'g'ri", "en": "Fields are missing or wrong"},
    NO_METHOD: {"ru": "Метод не найден", "uz": "Bunday usul yo'q", "en": "No such method"},
    NOT_ADMITTED: {"ru": "Недостаточно прав", "uz": "Huquq yetarli emas", "en": "Not authorized"},
    INTERNAL: {"ru": "Внутренняя ошибка", "uz": "Ichki xatolik", "en": "Internal error"},
    BAD_FISCAL_DATA: {"ru": "Неверные данные чека", "uz": "Chek ma'lumoti noto'g'ri", "en": "Wrong receipt"},
}  # fmt: skip

MOST_FISCAL_DATA = 16_384
"""Characters of a receipt."""
TransactionId = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{24}\Z")]
Milliseconds = Annotated[int, Meta(ge=10**12, lt=10**13)]
_ANY_TIME = Annotated[int, Meta(ge=0, lt=10**13)]
Params = TypeVar("Params", bound=msgspec.Struct)


class Checked(msgspec.Struct, frozen=True):
    """`amount` is in tiyin; anything but the whole number that is due is a wrong amount, not a wrong request."""

    amount: msgspec.Raw
    account: dict[str, Any]

    @property
    def payment_id(self) -> PaymentId:
        """Raises PaymeRefusal."""
        given = self.account.get(ACCOUNT)
        try:
            found = UUID(str(given))
        except ValueError:
            found = None
        if found is None or str(found) != given:
            raise PaymeRefusal(UNKNOWN_ACCOUNT, ACCOUNT)
        return PaymentId(found)

    def require_amount(self, minor: int) -> None:
        """Raises PaymeRefusal."""
        if bytes(self.amount) != str(minor).encode():
            raise PaymeRefusal(WRONG_AMOUNT)


class Created(Checked, frozen=True):
    id: TransactionId
    time: Milliseconds


class Named(msgspec.Struct, frozen=True):
    id: TransactionId


class Cancelled(Named, frozen=True):
    reason: Annotated[int, Meta(ge=1, le=99)]


class Period(msgspec.Struct, frozen=True):
    since: _ANY_TIME = msgspec.field(name="from")
    until: _ANY_TIME = msgspec.field(name="to")


class Fiscal(Named, frozen=True):
    type: Literal["PERFORM", "CANCEL"]
    fiscal_data: dict[str, Any]

    def require_bounded(self) -> None:
        """Raises PaymeRefusal."""
        told = msgspec.json.encode(self.fiscal_data)
        if len(told) > MOST_FISCAL_DATA or b"\\u0000" in told:
            raise PaymeRefusal(BAD_FISCAL_DATA)


class _Envelope(msgspec.Struct, frozen=True):
    method: str
    params: msgspec.Raw
    id: msgspec.Raw = msgspec.Raw(b"null")


class _Identified(msgspec.Struct, frozen=True):
    id: msgspec.Raw = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Request:
    """`id` is as it came, to be sent back byte for byte."""

    id: bytes
    method: str
    params: bytes

    def read(self, type_: type[Params]) -> Params:
        """Raises PaymeRefusal."""
        try:
            return msgspec.json.decode(self.params, type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise PaymeRefusal(BAD_REQUEST) from None


class PaymeRefusal(Exception):
    """An error of the protocol. `words` are those of another code where this one is a setting."""

    def __init__(self, code: int, data: str | None = None, words: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.data = data
        self.words = WORDS[words or code]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymeTerms:
    """`keys` open the endpoint, any of them; none where Payme is not set up. `networks` are those that Payme calls
    from, any where there are none. `busy_code` is for a second transaction of one payment."""

    login: str = "Paycom"
    keys: tuple[str, ...] = field(default=(), repr=False)
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    busy_code: int = BUSY_ACCOUNT

    def admits(self, authorization: str, address: str) -> bool:
        """In the same time for every wrong key."""
        given = authorization.encode()
        matches = [hmac.compare_digest(given, self._header(key)) for key in self.keys]
        return any(matches) and (not self.networks or self._is_near(address))

    def _header(self, key: str) -> bytes:
        return b"Basic " + b64encode(f"{self.login}:{key}".encode())

    def _is_near(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self.networks)
        except ValueError:
            return False


def read(body: bytes) -> Request:
    """Raises PaymeRefusal."""
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.ValidationError, RecursionError):
        raise PaymeRefusal(BAD_REQUEST) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise PaymeRefusal(NOT_JSON) from None
    return Request(_plain(envelope.id), envelope.method, bytes(envelope.params))


def id_of(body: bytes) -> bytes:
    """Of a request that may be anything."""
    try:
        return _plain(msgspec.json.decode(body, type=_Identified).id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b"null"


def _plain(id_: msgspec.Raw) -> bytes:
    """A number or a text; anything else is not sent back."""
    given = bytes(id_)
    return given if given[:1] in b'-0123456789"' and len(given) <= 128 else b"null"


def answer(id_: bytes, result: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"jsonrpc": "2.0", "id": msgspec.Raw(id_), "result": result})


def refuse(id_: bytes, refusal: PaymeRefusal) -> bytes:
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.words}
    if refusal.data is not None:
        error["data"] = refusal.data
    return msgspec.json.encode({"jsonrpc": "2.0", "id": msgspec.Raw(id_), "error": error})


def created(transaction: PaymeTransaction) -> dict[str, Any]:
    return {
        "create_time": transaction.created_at, "transaction": str(transaction.payment_id),
        "state": WIRE_STATE[transaction.state],
    }  # fmt: skip


def performed(transaction: PaymeTransaction) -> dict[str, Any]:
    return {
        "transaction": str(transaction.payment_id), "perform_time": transaction.performed_at,
        "state": WIRE_STATE[transaction.state],
    }  # fmt: skip


def cancelled(transaction: PaymeTransaction) -> dict[str, Any]:
    return {
        "transaction": str(transaction.payment_id), "cancel_time": transaction.cancelled_at,
        "state": WIRE_STATE[transaction.state],
    }  # fmt: skip


def checked(transaction: PaymeTransaction) -> dict[str, Any]:
    return {
        "create_time": transaction.created_at, "perform_time": transaction.performed_at,
        "cancel_time": transaction.cancelled_at, "transaction": str(transaction.payment_id),
        "state": WIRE_STATE[transaction.state], "reason": transaction.reason,
    }  # fmt: skip


def listed(transaction: PaymeTransaction) -> dict[str, Any]:
    about = {
        "id": transaction.id, "time": transaction.time, "amount": transaction.amount_minor,
        "account": {ACCOUNT: str(transaction.payment_id)},
    }  # fmt: skip
    return {**about, **checked(transaction), "receivers": None}
