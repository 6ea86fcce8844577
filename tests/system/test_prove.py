"""The campaigns that share one server, at the size of every test run; `make prove` runs them at full size."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from prove.bank import bank
from prove.calls import calls
from prove.checkout import checkout
from prove.enumeration import auc, bound, enumeration
from prove.idempotency import NO_TIME, idempotency
from prove.last_item import last_item
from prove.links import links
from prove.lockout import lockout
from prove.many_sockets import sockets
from prove.messages import messages
from prove.money import unknown
from prove.negotiation import negotiation
from prove.node import Node, node
from prove.otp import otp
from prove.payouts import payouts
from prove.people import PRODUCT, client, people
from prove.providers import providers
from prove.refunds import refunds
from prove.sessions import sessions
from prove.timers import timers
from prove.tokens import tokens
from prove.webhooks import webhooks

pytestmark = [
    pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module"),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Node]:
    async with node(None, JOB_WORKERS="2", WEBHOOKS_TO_LOOPBACK="true", **NO_TIME) as server:
        yield server


async def test_of_64_who_buy_or_are_accepted_at_once_one_wins_and_ten_share_a_lot_of_ten(server: Node) -> None:
    assert await last_item(server, buyers=64, rounds=4) == []


async def test_of_checkouts_at_once_with_one_code_as_many_have_it_as_it_may_give(server: Node) -> None:
    assert await checkout(server, buyers=20, caps=(5,)) == []


async def test_of_twelve_at_once_on_one_negotiation_at_most_one_makes_an_order(server: Node) -> None:
    assert await negotiation(server, rounds=50, seed=1) == []


async def test_payouts_asked_for_at_once_never_exceed_what_is_settled(server: Node) -> None:
    assert await payouts(server, sellers=20, seed=1) == []


async def test_whatever_happens_at_once_no_more_goes_back_than_came(server: Node) -> None:
    assert await refunds(server, orders=4, seed=1) == []


async def test_whoever_looks_sees_balanced_books_while_connections_are_cut(server: Node) -> None:
    assert await bank(server, seconds=3, seed=1, orders=12) == []


async def test_duplicates_have_one_effect_and_one_answer(server: Node) -> None:
    assert await idempotency(server, keys=1, duplicates=8) == []


async def test_a_new_post_about_money_has_to_be_proven() -> None:
    post = {"operationId": "payments_give", "tags": ["Payments"], "parameters": [{"name": "Idempotency-Key"}]}
    assert unknown({"paths": {"/gifts": {"post": post}}}) == ["payments_give"]


async def test_another_clone_runs_beside_it(server: Node) -> None:
    async with node(WORKERS="1") as other, client(server.url, 1) as http:
        (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
        made = (await http.post("/products", json=PRODUCT, headers=seller.headers)).json()["data"]
        async with client(other.url, 1) as elsewhere:
            assert (await elsewhere.get(f"/products/{made['id']}")).status_code == 404


async def test_200_refreshes_at_once_have_one_child_and_an_old_token_ends_its_family(server: Node) -> None:
    assert await tokens(server, sessions=3, duplicates=200) == []


async def test_of_200_guesses_at_once_three_are_looked_at(server: Node) -> None:
    assert await otp(server, codes=5, guesses=200) == []


async def test_nothing_tells_which_accounts_exist(server: Node) -> None:
    assert await enumeration(server, pairs=30, slow_pairs=5) == []


async def test_10_000_wrong_links_open_nothing_and_good_ones_die_with_the_access(server: Node) -> None:
    assert await links(server, tries=10_000, over_http=160, seed=1) == []


async def test_guesses_lock_out_their_network_then_strangers_but_never_the_owner(server: Node) -> None:
    assert await lockout(server, hostile=24, at_once=12) == []


async def test_offers_expire_within_a_second_of_their_moment_though_a_worker_is_killed(server: Node) -> None:
    assert await timers(server, pending=100_000, moments=2, kills=1) == []


async def test_an_ended_session_is_dead_and_deaf_and_factors_count_once(server: Node) -> None:
    assert await sessions(server, trials=28) == []


async def test_sessions_of_payme_and_click_end_as_the_providers_believe(server: Node) -> None:
    assert await providers(server, sessions=60, seed=1) == []


async def test_nobody_is_in_two_calls_and_none_goes_on_without_its_devices(server: Node) -> None:
    assert await calls(server, crowd=8, seconds=2, kills=0, seed=1, hurry=True) == []


async def test_idle_sockets_are_cheap_and_deaf_ones_are_cut_and_harm_nobody(server: Node) -> None:
    assert await sockets(server, count=200, deaf=5, seconds=1) == []


async def test_webhooks_arrive_in_order_though_a_worker_is_killed_and_endpoints_are_dead(server: Node) -> None:
    assert await webhooks(server, endpoints=20, events=4, kills=1, seed=1) == []


async def test_while_devices_are_cut_and_processes_killed_everybody_hears_all_that_is_theirs(server: Node) -> None:
    """The last on this server: a process that was killed has not warmed up again."""
    assert await messages(server, sockets=30, rooms=12, messages=300, cuts=2, kills=1, seed=1) == []


async def test_what_takes_longer_is_seen() -> None:
    assert auc([1, 2, 3], [1, 2, 3]) == auc([1, 3], [2, 2]) == 0.5
    assert auc([2, 4, 6], [1, 3, 5]) == pytest.approx(6 / 9)
    assert (auc([3, 4], [1, 2]), auc([1, 2], [3, 4])) == (1, 0)
    assert bound(2_000) == pytest.approx(0.03, abs=0.001)
    assert 0.5 + bound(8) < 1, "a password that is not looked at is seen"
