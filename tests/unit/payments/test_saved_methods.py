import pytest

from marketplace.application.payments.inbox import ProviderNotSetUp
from marketplace.application.payments.methods import (
    AddSavedMethod,
    MakeMethodDefault,
    MethodKeepers,
    RemoveSavedMethod,
    SavedMethodView,
)
from marketplace.application.payments.ports import GatewaySilent
from marketplace.application.shared.actor import Actor, MissingPermission, Permission
from marketplace.domain.payments.saved_method import (
    MOST_SAVED,
    SavedMethodId,
    SavedMethodNotFound,
    SavedMethodRefused,
    TooManySavedMethods,
)
from tests.builders.commerce import NOON, an_actor, an_actor_who_may_not, new_id
from tests.fakes.providers import MemoryKeeper, MemorySavedMethods, PlainTokens
from tests.fakes.world import FixedClock, MemoryTransaction, SequentialIds


class Wallet:
    def __init__(self) -> None:
        self.keeper, tokens, transaction = MemoryKeeper(), PlainTokens(), MemoryTransaction()
        self.saved = MemorySavedMethods(tokens)
        keepers = MethodKeepers({"stripe": self.keeper})
        self.add = AddSavedMethod(keepers, tokens, self.saved, transaction, FixedClock(NOON), SequentialIds())
        self.make_default = MakeMethodDefault(self.saved, transaction)
        self.remove = RemoveSavedMethod(keepers, tokens, self.saved, transaction)
        self.owner = an_actor()

    async def add_one(self, token: str, by: Actor | None = None, *, as_default: bool = False) -> SavedMethodView:
        return await self.add(by or self.owner, "stripe", token, None, as_default=as_default)

    async def kept(self) -> list[tuple[SavedMethodId, bool]]:
        methods = await self.saved.lock(self.owner.user)
        return [(one.id, one.id == methods.default) for one in methods.methods]


@pytest.fixture
def wallet() -> Wallet:
    return Wallet()


async def test_the_first_is_the_default_until_another_is_made_it(wallet: Wallet) -> None:
    first, second = await wallet.add_one("pm_1"), await wallet.add_one("pm_2")
    assert (first.is_default, second.is_default) == (True, False)
    assert (await wallet.add_one("pm_3", as_default=True)).is_default
    assert (await wallet.make_default(wallet.owner, second.id)).is_default
    assert [default for _, default in await wallet.kept()] == [False, True, False]


async def test_the_same_token_stays_one_method_and_one_customer(wallet: Wallet) -> None:
    first = await wallet.add_one("pm_1")
    assert await wallet.add_one("pm_1") == first
    await wallet.add_one("pm_2")
    assert set(wallet.keeper.attached.values()) == {f"customer-{wallet.owner.user}"}


async def test_the_newest_takes_the_place_of_a_default_that_goes(wallet: Wallet) -> None:
    first, second, third = [await wallet.add_one(token) for token in ("pm_1", "pm_2", "pm_3")]
    await wallet.remove(wallet.owner, first.id)
    assert await wallet.kept() == [(second.id, False), (third.id, True)]
    assert set(wallet.keeper.attached) == {"pm_2", "pm_3"}
    await wallet.remove(wallet.owner, second.id)
    await wallet.remove(wallet.owner, third.id)
    assert await wallet.kept() == []


async def test_while_the_provider_is_silent_nothing_is_saved_or_removed(wallet: Wallet) -> None:
    method = await wallet.add_one("pm_1")
    wallet.keeper.unreachable = True
    with pytest.raises(GatewaySilent):
        await wallet.add_one("pm_2")
    with pytest.raises(GatewaySilent):
        await wallet.remove(wallet.owner, method.id)
    with pytest.raises(GatewaySilent):
        await wallet.remove.every(wallet.owner.user)
    assert await wallet.kept() == [(method.id, True)]
    wallet.keeper.unreachable = False
    await wallet.remove.every(wallet.owner.user)
    assert (await wallet.kept(), wallet.keeper.attached) == ([], {})
    async with MemoryTransaction():
        assert await wallet.saved.customer(wallet.owner.user, "stripe") is None


async def test_others_find_nothing(wallet: Wallet) -> None:
    method, stranger = await wallet.add_one("pm_1"), an_actor()
    for act in (wallet.remove, wallet.make_default):
        with pytest.raises(SavedMethodNotFound):
            await act(stranger, method.id)
        with pytest.raises(SavedMethodNotFound):
            await act(wallet.owner, SavedMethodId(new_id()))
    with pytest.raises(SavedMethodNotFound):
        await wallet.saved.token_of(stranger.user, method.id)


async def test_who_may_not_pay_saves_nothing(wallet: Wallet) -> None:
    nobody = an_actor_who_may_not(Permission.PAY_ORDERS)
    with pytest.raises(MissingPermission):
        await wallet.add_one("pm_1", nobody)
    for act in (wallet.remove, wallet.make_default):
        with pytest.raises(MissingPermission):
            await act(nobody, SavedMethodId(new_id()))
    assert wallet.keeper.attached == {}


async def test_what_cannot_be_saved(wallet: Wallet) -> None:
    with pytest.raises(ProviderNotSetUp):
        await wallet.add(wallet.owner, "payme", "pm_1", None, as_default=False)
    with pytest.raises(SavedMethodRefused):
        await wallet.add(wallet.owner, "stripe", None, None, as_default=False)
    for number in range(MOST_SAVED):
        await wallet.add_one(f"pm_{number}")
    with pytest.raises(TooManySavedMethods):
        await wallet.add_one("pm_one_too_many")
    assert len(await wallet.kept()) == MOST_SAVED
