"""docs/security/access.tsv: who may do what. One row for each operation, one column for each kind of actor.

A cell is `allow` (done, or refused for a reason that only somebody admitted is told: 409, 410, 422), or the status of
the refusal: `401`, `403` or `404`. What a path names belongs to `owner`, who sells and buys; `seller` is the other
party of the owner's deals. The keys and the tokens that are no good are the owner's; who is let in no more was an
administrator. `owner unproven` showed who they are too long ago for what needs a recent proof; everybody else just did.
"""

import json
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "docs/security/access.tsv"
DOCUMENT = ROOT / "docs/openapi.json"

ALLOW = "allow"
CELLS = {ALLOW, "401", "403", "404"}
KINDS = (
    "anonymous", "expired token", "wrong audience", "session ended", "api key without scope",
    "api key with scopes", "owner", "owner unproven", "other buyer", "seller", "other seller", "moderator", "finance",
    "admin", "suspended", "deleted",
)  # fmt: skip
"""tests/http/access/scene.py makes them."""

NOT_YET: Mapping[str, Mapping[str, str]] = {}
"""Cells that the service does not live up to, each with what it decides instead."""

HEADER = "\t".join(("operation", *KINDS))


def operations(document: Path = DOCUMENT) -> list[str]:
    """`METHOD path` of each, in the document's order."""
    paths = json.loads(document.read_text())["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]


def decisions(text: str) -> dict[str, dict[str, str]]:
    """By operation and kind of actor."""
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return {operation: dict(zip(KINDS, cells, strict=False)) for operation, *cells in rows}


def row(operation: str, decided: Mapping[str, str]) -> str:
    return "\t".join((operation, *(decided[kind] for kind in KINDS)))


def faults(text: str, wanted: list[str]) -> list[str]:
    """A line for each thing that is wrong with the table."""
    header, *lines = text.splitlines()
    rows = [line.split("\t") for line in lines]
    named = [operation for operation, *_ in rows]
    found = [] if header == HEADER else [f"the first line must be: {HEADER}"]
    found += [f"{one}: no row; `python -m tests.http.access` prints it" for one in wanted if one not in named]
    found += [f"{one}: no such operation" for one in named if one not in wanted]
    found += [f"{one}: more than one row" for one in sorted({one for one in named if named.count(one) > 1})]
    for operation, *cells in rows:
        if len(cells) != len(KINDS):
            found.append(f"{operation}: {len(cells)} cells for {len(KINDS)} kinds of actor")
        found += [f"{operation}: {cell!r} is none of {sorted(CELLS)}" for cell in cells if cell not in CELLS]
    return found
