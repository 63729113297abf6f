"""State machines: one table, and nothing moves beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from mobility.core.errors import ForbiddenTransition

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class TransitionTable(Generic[S, A]):
    """The moves of one kind of thing: (state, action) → next state.

    >>> class Light(StrEnum): RED = "red"; GREEN = "green"
    >>> class Act(StrEnum): GO = "go"
    >>> TransitionTable({(Light.RED, Act.GO): Light.GREEN}).after(Light.RED, Act.GO)
    <Light.GREEN: 'green'>
    """

    def __init__(self, moves: Mapping[tuple[S, A], S]) -> None:
        self._moves = dict(moves)

    def after(self, state: S, action: A) -> S:
        """Return the state that follows. Raises ForbiddenTransition for a pair not in the table."""
        try:
            return self._moves[(state, action)]
        except KeyError:
            raise ForbiddenTransition(code=f"cannot_{action.value}_when_{state.value}") from None

    def allows(self, state: S, action: A) -> bool:
        """Tell whether the table has this pair."""
        return (state, action) in self._moves

    def actions_from(self, state: S) -> tuple[A, ...]:
        """Return the actions that the state allows, in the order of the table."""
        return tuple(action for origin, action in self._moves if origin is state)

    def final_states(self, states: Iterable[S]) -> frozenset[S]:
        """Return those of the states that no action leaves."""
        leaving = {origin for origin, _ in self._moves}
        return frozenset(state for state in states if state not in leaving)
