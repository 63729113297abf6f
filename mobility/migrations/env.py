"""Alembic's entry: the connection comes from ``runner``, the tables from the models."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Integer, TypeDecorator

from mobility.core.db import Base, UtcDateTime
from mobility.migrations import guards


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types as what they are in the database, so that old migrations need no present code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, TypeDecorator) and isinstance(item.impl_instance, Integer):
        return "sa.Integer()"
    return False


def _keep(_item: object, name: str | None, *_rest: object) -> bool:
    """Leave out the guards, which the rooms' ``ddl.py`` create."""
    return name not in guards.names(connection.dialect.name)


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=_render_item,
    include_object=_keep,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
