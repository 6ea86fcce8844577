"""A context's code may import that context and `shared`; only the joints below see two contexts."""

from collections.abc import Iterable

import grimp
import pytest

JOINTS = (
    "marketplace.entrypoints.wiring",
    "marketplace.entrypoints.http.frame",
    "marketplace.entrypoints.worker.notices",
    "marketplace.entrypoints.worker.subscriptions",
    "marketplace.entrypoints.realtime",
    "marketplace.entrypoints.http.auth",
    "marketplace.adapters.bridges",
    "marketplace.adapters.sql.tables",
)
CONTEXTS = {
    "identity", "organizations", "catalog", "trading", "inventory", "ordering", "payments", "messaging", "streaming",
    "social", "notifications", "promotions", "subscriptions", "invoicing", "disputes", "reviews", "calls", "webhooks",
}  # fmt: skip


def context_of(module: str) -> str | None:
    return next((part for part in module.split(".") if part in CONTEXTS), None)


def crossings(imports: Iterable[tuple[str, str]]) -> list[str]:
    return [
        f"{importer} -> {imported}"
        for importer, imported in imports
        if not importer.startswith(JOINTS)
        and (mine := context_of(importer))
        and (other := context_of(imported))
        and mine != other
    ]


def test_contexts_meet_only_at_the_joints() -> None:
    graph = grimp.build_graph("marketplace", cache_dir=None)
    imports = [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]
    assert len(imports) > 500
    assert crossings(imports) == []


@pytest.mark.parametrize("layer", ["domain", "application", "adapters.sql", "entrypoints.http"])
def test_a_crossing_is_seen(layer: str) -> None:
    planted = (f"marketplace.{layer}.trading.offers", f"marketplace.{layer}.catalog.listing")
    assert crossings([planted]) == [" -> ".join(planted)]
