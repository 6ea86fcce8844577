from enum import Enum

from dishka import Provider, Scope, provide

from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ports import Charge, Gateway, Gateways
from marketplace.domain.payments.payment import Outcome, PaymentMethod


def the_only(gateway: Gateway) -> Gateways:
    """Takes cards, as the built-in simulator does."""
    return ConfiguredGateways({PaymentMethod.CREDIT_CARD: "simulator"}, {"simulator": gateway})


class Crash(BaseException):
    """What the dying process does not survive."""


class Point(Enum):
    AFTER_INTENT = "after intent, before charge"
    AFTER_CHARGE = "after charge, before settle"
    NOWHERE = "nowhere"


class DyingGateway(SimulatedGateway):
    point = Point.NOWHERE

    async def charge(self, charge: Charge) -> Outcome:
        if self.point is Point.AFTER_INTENT:
            raise Crash
        outcome = await super().charge(charge)
        if self.point is Point.AFTER_CHARGE:
            raise Crash
        return outcome


class Dying(Provider):
    @provide(scope=Scope.APP, override=True)
    def gateways(self, pool: Pool) -> Gateways:
        return the_only(DyingGateway(pool, success_rate=1, seed=None))
