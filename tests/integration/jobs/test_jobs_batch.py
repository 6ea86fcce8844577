"""JobBatch against a model: what is ready afterwards is what a careful clerk would have noted."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.jobs.house import NOW, Broken, House

HANDLERS = st.sampled_from(["expire", "remind"])
SUBJECTS = st.sampled_from([UUID(int=1), UUID(int=2)])
TIMES = st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes))
STEPS = st.one_of(
    st.tuples(st.just("at"), HANDLERS, SUBJECTS, TIMES),
    st.tuples(st.just("cancel"), HANDLERS, SUBJECTS, st.just(NOW)),
    st.tuples(st.just("run"), HANDLERS, SUBJECTS, st.just(NOW)),
)
Step = tuple[str, str, UUID, datetime]


@given(blocks=st.lists(st.tuples(st.booleans(), st.lists(STEPS, max_size=6)), max_size=5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_ready_after_any_steps_is_what_the_model_says(
    house: House, blocks: list[tuple[bool, list[Step]]]
) -> None:
    await house.rows("DELETE FROM jobs.job")
    timers: dict[tuple[str, str], datetime] = {}
    runs: Counter[tuple[str, str]] = Counter()
    for commits, steps in blocks:
        try:
            async with house.transaction() as transaction:
                for step, handler, subject, at in steps:
                    if step == "at":
                        transaction.jobs.at(handler, subject, at)
                    elif step == "cancel":
                        transaction.jobs.cancel(handler, subject)
                    else:
                        transaction.jobs.run(handler, subject)
                if not commits:
                    raise Broken
        except Broken:
            continue
        for step, handler, subject, at in steps:
            if step == "at":
                timers[(handler, str(subject))] = at
            elif step == "cancel":
                timers.pop((handler, str(subject)), None)
            else:
                runs[(handler, str(subject))] += 1
    ready = await house.rows("SELECT handler, key, payload, run_at FROM jobs.job WHERE state = 'ready'")
    assert {(row["handler"], row["key"]): row["run_at"] for row in ready if row["key"]} == timers
    assert Counter((row["handler"], row["payload"]) for row in ready if not row["key"]) == runs
    assert all(row["payload"] == row["key"] for row in ready if row["key"])
