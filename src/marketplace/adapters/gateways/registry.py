from collections.abc import Collection, Mapping

from marketplace.application.payments.ports import Gateway, Gateways
from marketplace.domain.payments.payment import PaymentMethod, PaymentMethodUnavailable


class ConfiguredGateways(Gateways):
    """`methods`: which provider takes each method that is offered here."""

    def __init__(self, methods: Mapping[PaymentMethod, str], gateways: Mapping[str, Gateway]) -> None:
        self._methods = methods
        self._gateways = gateways

    def provider_of(self, method: PaymentMethod) -> str:
        if method not in self._methods:
            raise PaymentMethodUnavailable(f"{method} is not offered here", field="payment_method")
        return self._methods[method]

    def gateway(self, provider: str) -> Gateway:
        return self._gateways[provider]

    @property
    def providers(self) -> Collection[str]:
        return self._gateways.keys()
