"""One place where what PostgreSQL asks to try again is tried again."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from mobility.core.db import end_read, in_transaction

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 5
SERIALIZATION_FAILURE = "40001"
DEADLOCK_DETECTED = "40P01"


def is_transient(error: DBAPIError) -> bool:
    """Tell whether the database undid the transaction only because others were at work."""
    return getattr(error.orig, "sqlstate", None) in {
        SERIALIZATION_FAILURE,
        DEADLOCK_DETECTED,
    }


def retried(use_case: Callable[P, R]) -> Callable[P, R]:
    """Run a use case again after a deadlock or a serialization failure, at most five times in all.

    Only the outermost transaction can be run again: inside one, the error passes through.
    """

    @functools.wraps(use_case)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS):
            try:
                return use_case(*args, **kwargs)
            except DBAPIError as error:
                if in_transaction() or not is_transient(error):
                    raise
                end_read()
                time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311 - a delay, not a secret
        return use_case(*args, **kwargs)

    return run
