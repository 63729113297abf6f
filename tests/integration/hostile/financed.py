"""Projects of the hostile world, with quotes and what pays them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mobility.core.clock import day_of
from mobility.funding import queries, services
from mobility.funding.rules import LineAction, Purpose, Source
from mobility.funding.services import ProjectDetails, Quote


def finance(person_id: int, *, adviser_id: int, words: str, now: datetime) -> int:
    """Give a person a project that a quote prices, that one source pays and another refused."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    details = ProjectDetails(Purpose.PURCHASE, f"Voiture {words}"[:160], 400_000)
    project_id = services.open_project(person_id=person_id, details=details, **acts)
    quote = Quote(f"Garage {words}"[:160], 350_000, day_of(now), label=words[:160])
    services.add_quote(project_id=project_id, quote=quote, **acts)
    services.put_line(project_id=project_id, source=Source.OWN, amount_cents=10_000, label=words, **acts)
    asked = services.put_line(project_id=project_id, source=Source.EMPLOYER, amount_cents=20_000, label=words, **acts)
    step: dict[str, Any] = {"project_id": project_id, "line_id": asked, **acts}
    services.move_line(action=LineAction.ASK, **step)
    services.move_line(action=LineAction.REFUSE, reason=words, **step)
    return project_id


def more_of(person_id: int, *, adviser_id: int, number: int, now: datetime) -> None:
    """Let a person have one more project, and their first one more of everything."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    details = ProjectDetails(Purpose.REPAIR, f"Réparation {number}", 50_000)
    services.open_project(person_id=person_id, details=details, **acts)
    first = queries.projects_of(person_id)[-1][0].id
    services.add_quote(project_id=first, quote=Quote(f"Garage {number}", 10_000, day_of(now)), **acts)
    services.put_line(project_id=first, source=Source.OTHER, amount_cents=1_000, label=f"Amis {number}", **acts)
