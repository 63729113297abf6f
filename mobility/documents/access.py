"""Who may see a document: whoever may see one of the things that it serves.

A room says so by ``register_owner(app, kind, answer)``; where it does not, the answer that it gave
for its rows of that kind (``register_row``) stands for seeing, and nobody erases by hand: what a row
keeps is its evidence (a signed plan, what a bank was sent). A kind of which nobody answers is closed.
"""

from __future__ import annotations

from flask import Flask, current_app

from mobility.core.web.access import Actor, Permission, RowAnswer, may_touch, row_kinds
from mobility.documents import queries

_KEY = "mobility.document_owners"


def register_owner(app: Flask, kind: str, answer: RowAnswer) -> None:
    """Let a room answer "may this actor see (DOCUMENT_VIEW) or change (DOCUMENT_ADD) what this row owns?"."""
    answers = app.extensions.setdefault(_KEY, {})
    if kind in answers:
        raise RuntimeError(f"two rooms answer for documents of {kind}")
    answers[kind] = answer


def may_touch_owner(who: Actor, permission: Permission, kind: str, owner_id: int) -> bool:
    """Ask the room of that kind about one owner."""
    answer: RowAnswer | None = current_app.extensions.get(_KEY, {}).get(kind)
    if answer is not None:
        return answer(who, permission, owner_id)
    if permission is not Permission.DOCUMENT_VIEW or kind not in row_kinds(current_app):
        return False
    return may_touch(who, permission, kind, owner_id)


def may_touch_document(who: Actor, permission: Permission, document_id: int) -> bool:
    """Answer for one document: seen through any thing that it serves, changed through its owner alone."""
    row = queries.find_document(document_id)
    if row is None:
        return False
    owners = queries.owners_of(row) if permission is Permission.DOCUMENT_VIEW else [(row.owner_kind, row.owner_id)]
    return any(may_touch_owner(who, permission, kind, owner_id) for kind, owner_id in owners)


def person_of_document(document_id: int) -> int | None:
    """Return whom a document concerns, or None."""
    row = queries.find_document(document_id)
    return None if row is None else row.person_id
