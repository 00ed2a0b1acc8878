"""Sigma rules on our events: converted once, kept with the lake, and all of them run in one pass."""

from analytics.sigma.matches import MATCHES, matches
from analytics.sigma.rule import Rule
from analytics.sigma.store import FOLDER, rules

__all__ = ["FOLDER", "MATCHES", "Rule", "matches", "rules"]
