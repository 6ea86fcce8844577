"""From the transaction that wants a push to the screens of devices, through the worker and over real protocols."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from marketplace.application.notifications.push import Push
from marketplace.domain.shared.ids import UserId
from tests.builders.push import PUSH
from tests.http.notifications.conftest import Phones

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Unwanted(Exception):
    pass


async def test_every_device_of_the_person_shows_it_once(phones: Phones) -> None:
    amina, bek, name = await phones.person(), await phones.person(), uuid4().hex
    await phones.browser(amina, f"a{name}")
    await phones.browser(amina, f"b{name}")
    await phones.phone(amina, name)
    await phones.browser(bek, f"c{name}")
    await phones.send(amina, PUSH)
    await phones.work()
    (on_a,), (on_b,) = phones.read(f"a{name}"), phones.read(f"b{name}")
    assert on_a == on_b
    shown = json.loads(on_a)
    assert (shown["kind"], shown["title"], shown["body"], shown["data"]) == (
        PUSH.kind, PUSH.title, PUSH.body, PUSH.data,
    )  # fmt: skip
    (on_phone,) = [one for one in phones.push.sent if name in one["token"]]
    assert (on_phone["notification"]["title"], on_phone["data"]["id"]) == (PUSH.title, shown["id"])
    assert phones.read(f"c{name}") == []


async def test_what_is_not_committed_is_not_sent(phones: Phones) -> None:
    amina, name = await phones.person(), uuid4().hex
    await phones.browser(amina, name)
    with pytest.raises(Unwanted):
        async with phones.pushes() as pushes:
            pushes.add(UserId(amina.id), PUSH)
            raise Unwanted
    await phones.work()
    assert phones.read(name) == []


async def test_a_retry_repeats_nothing_that_arrived(phones: Phones) -> None:
    amina, name = await phones.person(), uuid4().hex
    await phones.browser(amina, f"a{name}")
    await phones.browser(amina, f"b{name}")
    phones.push.statuses[f"/push/push-canary-a{name}"] = [(429, "1800"), (503, "")]
    await phones.send(amina, PUSH)
    await phones.work(raising=False)
    assert (len(phones.read(f"a{name}")), len(phones.read(f"b{name}"))) == (0, 1)
    ((handler, seconds),) = await phones.waiting(amina)
    assert (handler, 1_790 <= seconds <= 1_800) == ("notifications.push_to_device", True)
    for _ in range(2):
        await phones.hurry()
        await phones.work(raising=False)
    assert (len(phones.read(f"a{name}")), len(phones.read(f"b{name}"))) == (1, 1)
    assert await phones.waiting(amina) == []


async def test_a_device_that_is_gone_is_forgotten(phones: Phones) -> None:
    amina, name = await phones.person(), uuid4().hex
    await phones.browser(amina, f"a{name}")
    await phones.phone(amina, name)
    stays = await phones.browser(amina, f"b{name}")
    phones.push.statuses[f"/push/push-canary-a{name}"] = [(410, "")]
    phones.push.statuses[f"push-canary-{name}-of-firebase"] = [(404, "UNREGISTERED")]
    await phones.send(amina, PUSH)
    await phones.work()
    assert await phones.devices(amina) == [stays["id"]]
    await phones.send(amina, PUSH)
    await phones.work()
    assert len(phones.read(f"b{name}")) == 2


async def test_a_device_that_changed_hands_shows_nothing_of_its_former_owner(phones: Phones) -> None:
    amina, bek, name = await phones.person(), await phones.person(), uuid4().hex
    await phones.browser(amina, name)
    phones.push.statuses[f"/push/push-canary-{name}"] = [(503, "")]
    await phones.send(amina, PUSH)
    await phones.work(raising=False)
    await phones.browser(bek, name)
    await phones.hurry()
    await phones.work()
    assert phones.read(name) == []
    assert await phones.waiting(amina) == []


async def test_a_push_waits_for_its_time(phones: Phones) -> None:
    amina, name = await phones.person(), uuid4().hex
    await phones.browser(amina, name)
    clock = await phones.clock()
    async with phones.pushes() as pushes:
        pushes.add(UserId(amina.id), PUSH, clock.now() + timedelta(hours=8))
    await phones.work()
    assert phones.read(name) == []
    ((handler, seconds),) = await phones.waiting(amina)
    assert (handler, 28_700 <= seconds <= 28_800) == ("notifications.push", True)
    await phones.hurry()
    await phones.work()
    (taken,) = [one for one in phones.push.taken if one.path.endswith(name)]
    assert 86_400 < int(taken.headers["ttl"]) <= 86_400 + 28_800


async def test_a_call_that_rang_out_is_not_told_of(phones: Phones) -> None:
    amina, name = await phones.person(), uuid4().hex
    await phones.browser(amina, name)
    clock = await phones.clock()
    async with phones.pushes() as pushes:
        pushes.add(UserId(amina.id), Push("call_incoming", "Call", "Bek", {}), clock.now() - timedelta(seconds=46))
        pushes.add(UserId(amina.id), Push("call_incoming", "Call", "Dana", {}))
    await phones.work()
    (taken,) = [one for one in phones.push.taken if one.path.endswith(name)]
    assert json.loads(phones.read(name)[0])["body"] == "Dana"
    assert int(taken.headers["ttl"]) <= 45


async def test_neither_logs_nor_jobs_hold_an_address(phones: Phones, capfd: pytest.CaptureFixture[str]) -> None:
    amina, name = await phones.person(), uuid4().hex
    await phones.browser(amina, name)
    await phones.phone(amina, name)
    phones.push.statuses[f"/push/push-canary-{name}"] = [(413, "")]
    phones.push.statuses[f"push-canary-{name}-of-firebase"] = [(400, "INVALID_ARGUMENT")]
    await phones.send(amina, PUSH)
    await phones.work()
    said = capfd.readouterr()
    assert "push_refused" in said.out + said.err
    async with phones.house.database() as connection:
        jobs = await connection.fetch("SELECT j::text FROM jobs.job j WHERE payload->>'to' = $1", str(amina.id))
    assert len(jobs) == 3
    assert name not in said.out + said.err + "".join(row[0] for row in jobs)
