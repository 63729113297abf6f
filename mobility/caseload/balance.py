"""Proposals that even out the caseload of a team. Pure.

Few moves, those that help most; people whom nobody has met yet go first, for nothing is broken off. A protected file is
never proposed: who may know of it is decided by hand. A move is proposed only if whoever takes over ends lighter than
whoever gives was, so that the worst load never grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_MOVES = 10


@dataclass(frozen=True, slots=True)
class Load:
    """An adviser and how heavy their caseload is, in hundredths of a person."""

    user_id: int
    weight: int


@dataclass(frozen=True, slots=True)
class Followed:
    """A person who is followed: by whom (None: nobody yet), how heavy, met already or not."""

    person_id: int
    user_id: int | None
    weight: int
    met: bool
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A person goes from one adviser to another."""

    person_id: int
    from_user_id: int | None
    to_user_id: int


def propose(
    loads: Sequence[Load], people: Sequence[Followed], *, target: int, most: int = MOST_MOVES
) -> tuple[Move, ...]:
    """Return the moves that even out a team's loads, at most so many; ``target`` is in hundredths of a person.

    Whoever is within the target keeps everybody; those without adviser go to the lightest.
    """
    weights = {load.user_id: load.weight for load in loads}
    movable = {one.person_id: one for one in people if not one.protected and one.weight > 0}
    moves: list[Move] = []
    while len(moves) < most and weights:
        move = _next(weights, movable, target, moves)
        if move is None:
            break
        weight = movable.pop(move.person_id).weight
        weights[move.to_user_id] += weight
        if move.from_user_id is not None:
            weights[move.from_user_id] -= weight
        moves.append(move)
    return tuple(moves)


def _next(weights: dict[int, int], movable: dict[int, Followed], target: int, moves: Sequence[Move]) -> Move | None:
    # Whoever gave takes nobody, and whoever took gives nobody: no one is passed along.
    gave, took = {move.from_user_id for move in moves}, {move.to_user_id for move in moves}
    takers = [user_id for user_id in weights if user_id not in gave]
    if not takers:
        return None
    lightest = min(takers, key=lambda user_id: (weights[user_id], user_id))
    orphans = [one for one in movable.values() if one.user_id is None]
    if orphans:
        one = min(orphans, key=lambda one: (-one.weight, one.person_id))
        # Nobody is weighed down over the target, nor over the heaviest, for somebody who can wait a day.
        if weights[lightest] + one.weight <= max(target, *weights.values()):
            return Move(one.person_id, None, lightest)
    for heaviest in sorted(weights, key=lambda user_id: (-weights[user_id], user_id)):
        if weights[heaviest] <= target:
            return None
        if heaviest in took:
            continue
        gap = weights[heaviest] - weights[lightest]
        fits = [one for one in movable.values() if one.user_id == heaviest and one.weight < gap]
        if fits:
            # Not met first; then whoever brings both nearest to one another.
            best = min(fits, key=lambda one: (one.met, abs(gap - 2 * one.weight), one.person_id))
            return Move(best.person_id, heaviest, lightest)
    return None
