"""The service as its user meets it: started, stopped, started again, two side by side, the demo, the README."""

import asyncio
import re
import signal
import sys
from pathlib import Path

import pytest

from prove.node import node
from prove.people import PRODUCT, client, people

pytestmark = [pytest.mark.timeout(180)]
ROOT = Path(__file__).parents[2]


async def test_a_stop_finishes_what_is_under_way_and_data_stays_over_a_restart(data_dir: Path) -> None:
    async with node(data_dir, WORKERS="2") as server, client(server.url, 16) as http:
        (seller,) = await people(server.admin_dsn, server.settings, "seller", 1)
        asked = [asyncio.create_task(http.post("/products", json=PRODUCT, headers=seller.headers)) for _ in range(16)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        assert await server.stop() == 0
        answers = [await one for one in asked if not one.exception()]
        assert 201 in {answer.status_code for answer in answers} <= {201, 503}
        await server.start()
        for answer in answers:
            if answer.status_code == 201:
                found = await http.get(f"/products/{answer.json()['data']['id']}")
                assert found.json()["data"] == answer.json()["data"]


async def test_the_demo_tells_its_story() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "marketplace", "demo", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output = (await asyncio.wait_for(process.communicate(), 90))[0].decode()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0, output
    for line in (
        "Omar offers 700.00", "« offer:new", "Sara counters with 780.00", "not_your_turn", "« order_created",
        "Card declined", "« payment_success", "741.00 AED", "Meena pastes", "reads quantity: 500 bale",
        "publishes it", "offer_not_found", "compares them", "counters Ravi", "accepts 61,000.00 INR",
        "awards the other 200 bales", "superseded", "0 bale left", "can prove", "The books balance.",
    ):  # fmt: skip
        assert line in output, line


async def test_the_commands_of_the_readme_play_the_main_job() -> None:
    block = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert block
    async with node(WORKERS="1", ENVIRONMENT="development") as server:
        script = block[1].replace("http://127.0.0.1:8000", server.url)
        process = await asyncio.create_subprocess_exec("bash", "-euc", script, stdout=asyncio.subprocess.PIPE)
        output = (await asyncio.wait_for(process.communicate(), 60))[0].decode()
    assert '"status":"completed"' in output
    assert '"status":"paid"' in output
