"""Engineering: what flows through a pipe, what it costs, and how a network runs."""

from __future__ import annotations

from infraplan.engineering.operation import Operation

__all__ = ["Operation", "costs", "hydraulics", "operation"]
