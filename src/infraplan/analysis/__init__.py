"""Analysis: plans compared, explained and checked, and counter-proposals priced."""

from __future__ import annotations

from infraplan.analysis.comparison import MOST_VARIANTS, Comparison, tabulate
from infraplan.analysis.explanation import Explanation, Step

__all__ = [
    "MOST_VARIANTS",
    "Comparison",
    "Explanation",
    "Step",
    "check",
    "comparison",
    "counter_proposals",
    "explanation",
    "tabulate",
]
