"""infraplan: find shared CO2, hydrogen and heat pipeline corridors for heavy industry.

>>> from infraplan import make_plan, open_study
>>> study = open_study()  # doctest: +SKIP
>>> plan = make_plan(study, study.scenario())  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infraplan.core import Exactness, InfraplanError, Scenario
    from infraplan.plan import Plan, make_plan
    from infraplan.study import Study, open_study

__all__ = ["Exactness", "InfraplanError", "Plan", "Scenario", "Study", "make_plan", "open_study"]
__version__ = "0.2.0"

_HOME = {
    "Exactness": "infraplan.core",
    "InfraplanError": "infraplan.core",
    "Plan": "infraplan.plan",
    "Scenario": "infraplan.core",
    "Study": "infraplan.study",
    "make_plan": "infraplan.plan",
    "open_study": "infraplan.study",
}


def __getattr__(name: str) -> Any:
    """Load the public names when first asked for, so that the command line answers at once."""
    if name not in _HOME:
        raise AttributeError(f"module 'infraplan' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
