"""Pages of accounts, one module a family, on one blueprint."""

from mobility.accounts.views import audit, own, sign_in, staff_sign_in, users  # noqa: F401 - they fill the blueprint
from mobility.accounts.views.blueprint import bp

__all__ = ["bp"]
