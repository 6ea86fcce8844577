"""A hook of schemathesis, for its own process: of the coverage cases one for each kind of fault and of value of each
field, where it would send several (a number, a list, an object and so on in place of a text)."""

from typing import Any

import schemathesis
from schemathesis.generation.case import Case
from schemathesis.generation.meta import CoveragePhaseData
from schemathesis.hooks import HookContext

_seen: set[tuple[object, ...]] = set()


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    what = case.meta.phase.data if case.meta else None
    if not isinstance(what, CoveragePhaseData):
        return True
    field = what.description.partition(": ")[0]
    kind = (case.operation.label, what.scenario, what.parameter_location, what.parameter, field)
    is_new = kind not in _seen
    _seen.add(kind)
    return is_new
