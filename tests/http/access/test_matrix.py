"""Every operation of the API document, asked by every kind of actor, is decided as docs/security/access.tsv says.

A new operation needs its row there, and an entry in OBJECTS (scene.py) or ARRANGEMENTS (arranging.py) where its path
names something new or its example does not fit.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from tests.engines import Database, Engines, copied_database
from tests.http.access.asking import Answer, answers, shown
from tests.http.access.scene import Stage, running_stage
from tests.http.access.table import KINDS, NOT_YET, TABLE, decisions, operations, row

pytestmark = pytest.mark.asyncio(loop_scope="module")

DECISIONS = {
    operation: {**decided, **NOT_YET.get(operation, {})} for operation, decided in decisions(TABLE.read_text()).items()
}
PARTIES = {"owner", "owner unproven", "seller", "api key without scope", "api key with scopes"}
"""They know that the thing exists: why they may not touch it is no secret from them."""


NEVER_DONE: Mapping[str, str] = {"POST /api/v1/payments/providers/{provider}/webhook": "signature_refused"}
"""Operations that no test of this kind can bring to an end, each with the code of the refusal that it comes to."""


@pytest.fixture(scope="module")
def stage_database(engines: Engines, template: str) -> Iterator[Database]:
    with copied_database(engines, template) as database:
        yield database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    stage_database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("stage")
    async with running_stage(stage_database, redis_url, folder) as stage:
        yield stage


@pytest.mark.parametrize("operation", operations())
async def test_each_operation_is_decided_as_the_table_says(stage: Stage, operation: str) -> None:
    expected = DECISIONS.get(operation, {})
    asked = [answer async for answer in answers(stage, operation, expected)]
    decided = {answer.kind: answer.decision for answer in asked}
    assert expected, f"judge this row and add it to docs/security/access.tsv:\n{row(operation, decided)}"
    assert differences(expected, asked) == []
    assert told_apart(asked, readers=readers(operation)) == []
    if operation in NEVER_DONE:
        assert {answer.response.json().get("code") for answer in asked} >= {NEVER_DONE[operation]}
    else:
        assert any(answer.response.is_success for answer in asked), f"nobody gets through: {asked[-1].response.text}"


def differences(expected: Mapping[str, str], asked: list[Answer]) -> list[str]:
    return [
        f"{one.kind} is answered {one.decision}, the table says {expected[one.kind]}: {one.response.text[:300]}"
        for one in asked
        if one.decision != expected[one.kind]
    ]


def readers(operation: str) -> set[str]:
    """Who may read what the path names first: to them it is no secret that it exists; what all may read, to nobody."""
    thing = operation.partition(" ")[2].partition("}")[0] + "}"
    decisions = DECISIONS.get(f"GET {thing}", {})
    return {kind for kind in KINDS if "allow" in {decisions.get(kind), decisions.get("anonymous")}}


def told_apart(asked: list[Answer], *, readers: Collection[str] = ()) -> list[str]:
    """Refusals by which somebody learns that a thing exists that is not theirs."""
    return [
        f"{one.kind} can tell what is foreign {shown(one.response)} from what is absent {shown(one.twin)}"
        for one in asked
        if one.twin is not None
        and (one.decision == "404" or (one.decision == "403" and one.kind not in PARTIES and one.kind not in readers))
        and shown(one.response) != shown(one.twin)
    ]


async def test_a_wrong_row_is_seen(stage: Stage) -> None:
    operation = "GET /api/v1/orders/{order_id}"
    planted = {**DECISIONS[operation], "other buyer": "allow", "owner": "404"}
    asked = [answer async for answer in answers(stage, operation, planted)]
    assert [line.split(" is answered ")[0] for line in differences(planted, asked)] == ["owner", "other buyer"]


async def test_a_refusal_that_tells_is_seen(stage: Stage) -> None:
    asked = [answer async for answer in answers(stage, "GET /api/v1/orders/{order_id}", {})]
    stranger, owner = (next(one for one in asked if one.kind == kind) for kind in ("other buyer", "owner"))
    told = Answer(stranger.kind, "404", owner.response, stranger.twin)
    assert len(told_apart([stranger])) == 0
    assert len(told_apart([told])) == 1
