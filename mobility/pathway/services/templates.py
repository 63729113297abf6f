"""Templates of plans: written and changed by managers, taken into a plan by advisers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.text import clean_line
from mobility.pathway.errors import PeriodInvalid, TemplateInvalid
from mobility.pathway.models import PlanTemplate
from mobility.pathway.plan.rules.lines import StepLine, check_lines, from_json, to_json
from mobility.pathway.services.objectives import check_period
from mobility.pathway.services.plan_steps import add_lines


@dataclass(frozen=True)
class TemplateDetails:
    """What a template says."""

    label: str | None
    description: str | None
    valid_from_on: date
    valid_until_on: date | None
    lines: Sequence[StepLine]


def write_template(
    *,
    details: TemplateDetails,
    desk_id: int | None,
    actor_id: int | None,
    now: datetime,
    template_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write a template, a new one or over one; return its id. The desk of one that stands does not change.

    Raises TemplateInvalid, PeriodInvalid, StaleVersion, NotFound.
    """
    label = clean_line(details.label or "") or ""
    if not label:
        raise TemplateInvalid("Donnez un nom au modèle.")
    _check_dates(details)
    check_lines(details.lines)
    with transaction() as session:
        if template_id is None:
            row = PlanTemplate(desk_id=desk_id, updated_at=now)
            session.add(row)
        else:
            row = lock(PlanTemplate, template_id)
            check_version(row, version)
        row.label, row.description = label, clean_line(details.description or "") or ""
        row.valid_from_on, row.valid_until_on = details.valid_from_on, details.valid_until_on
        row.lines, row.updated_at = to_json(details.lines), now
        try:
            session.flush()
        except IntegrityError as error:
            raise TemplateInvalid("Un modèle porte déjà ce nom à cette date.") from error
        audit.record(
            actor_id=actor_id,
            action="create" if template_id is None else "update",
            subject_kind="plan_template",
            subject_id=row.id,
            now=now,
            changes={"label": (None, label)},
        )
        return row.id


def _check_dates(details: TemplateDetails) -> None:
    try:
        check_period(details.valid_from_on, details.valid_until_on)
    except PeriodInvalid as refused:
        field = "valid_from_on" if refused.field == "starts_on" else "valid_until_on"
        raise PeriodInvalid(refused.message, field=field) from None


def take_template(
    *,
    plan_id: int,
    template_id: int,
    objective_id: int | None,
    starts_on: date,
    actor_id: int | None,
    now: datetime,
) -> list[int]:
    """Add the steps of a template to a plan; return their ids. Raises PlanEnded, PeriodInvalid, NotFound."""
    check_period(starts_on, None)
    with transaction():
        lines = from_json(load(PlanTemplate, template_id).lines)
        return add_lines(
            plan_id=plan_id,
            lines=lines,
            starts_on=starts_on,
            objective_id=objective_id,
            actor_id=actor_id,
            now=now,
        )
