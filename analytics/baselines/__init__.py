"""How unusual each account's hours and days are: for itself, among its like, and in the organisation (docs/risk.md)."""

from analytics.baselines.risk import HOURS, RISK, risk, risks

__all__ = ["HOURS", "RISK", "risk", "risks"]
