"""An independent client reads the OpenAPI document and holds the running application to it.

`pytest --hypothesis-profile=prove` on this file alone sends all it can think of, not one of each kind.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from tests.engines import Database
from tests.http.openapi.market import Market, running_market

CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "ignored_auth", "unsupported_method",
]  # fmt: skip
PHASES = ["examples", "coverage", "fuzzing"]
"""On ids of the market alone: with one out of an answer, an admin would suspend the seller whom all others need."""
ONE_OF_EACH = Path(__file__).with_name("one_of_each.py")
ROLES = {
    "buyer": ["offers_make", "offers_withdraw", "payments_pay", "bookings_hold", "moderation_report"],
    "admin": [
        "ledger_trial_balance", "users_delete", "users_suspend", "users_activate", "users_change_role",
        "categories_add", "categories_add_service", "categories_edit", "categories_remove",
        "fees_schedules", "fees_add", "fees_change", "payments_refund", "payments_retry", "disputes_resolve",
        "payouts_approve", "payouts_retry", "payouts_reverse", "ledger_invariants", "ledger_reconciliations",
        "ledger_reconciliation", "ledger_run", "audit_newest", "audit_export", "audit_verify", "audit_entry",
        "moderation_queue", "moderation_reported", "moderation_decide", "moderation_take_down", "reviews_reported",
        "messages_reported", "messages_in_thread",
    ],
    "leaver": ["accounts_log_out"], "closer": ["accounts_end_sessions"], "goner": ["users_delete_own"],
}  # fmt: skip
"""Who calls an operation, where it is not the seller."""


@pytest.fixture
def market(fresh_database: Database, redis_url: str, redis: Redis, tmp_path: Path) -> Iterator[Market]:
    with running_market(fresh_database, redis_url, tmp_path) as market:
        yield market


@pytest.mark.timeout(240)
def test_the_application_does_what_its_document_says(market: Market, tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(_config(market))
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{market.url}/openapi.json",
        "--exclude-operation-id", "operations_metrics",  # its figures are those of the supervisor's processes
        "--exclude-operation-id", "products_add_document",  # it cannot make a PDF
        "--exclude-operation-id", "payments_call_payme",  # its protocol answers 200 to anything, as Click's does
        "--exclude-operation-id", "sync_stream",  # it never ends
        "--exclude-operation-id", "payments_prepare_click", "--exclude-operation-id", "payments_complete_click",
        "--checks", ",".join(CHECKS), "--phases", ",".join(PHASES), "--max-examples", "2",
        "--seed", "1", "--generation-database", "none", "--no-shrink", "--no-color",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=200)  # noqa: S603
    assert run.returncode == 0, run.stdout + run.stderr


def _config(market: Market) -> str:
    """TOML. Half of the ids are real ones, so that more than refusals is seen."""
    everything = settings.get_current_profile_name() == "prove"
    lines = [] if everything else [f'hooks = "{ONE_OF_EACH}"']
    lines += [f'headers = {{ Authorization = "Bearer {market.tokens["seller"]}" }}']
    known = {"body.product_id": "product_id", **{f"path.{name}": name for name in market.ids}}
    lines += [f'parameters."{place}" = {{ dictionary = "{name}", probability = 0.5 }}' for place, name in known.items()]
    lines += [f"[dictionaries.{name}]\nvalues = {ids}" for name, ids in market.ids.items()]
    lines += [f"[phases.{phase}.extra-data-sources]\nresponses = false" for phase in PHASES]
    for role, operations in ROLES.items():
        lines.append(f"[[operations]]\ninclude-operation-id = {operations}")
        lines.append(f'headers = {{ Authorization = "Bearer {market.tokens[role]}" }}')
    return "\n".join(lines) + "\n"
