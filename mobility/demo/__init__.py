"""A platform with invented people: three desks, their teams and fleets, months of loans around today.

Always the same but for its dates (a fixed seed). Loaded in one transaction: whole, or not at all.
"""

from mobility.demo.accounts import accounts
from mobility.demo.load import is_empty, load

__all__ = ["accounts", "is_empty", "load"]
