"""What becomes of objectives and steps when files are merged, erased or copied out."""

from __future__ import annotations

from flask import Flask

from mobility.core.db import transaction
from mobility.pathway import lifecycle, queries
from tests.factories.pathway import NOW, a_person, a_roster, a_step, an_objective
from tests.integration.pathway.acts import covered, means


def test_a_merge_brings_objectives_and_steps(app: Flask) -> None:
    kept, merged = a_person(), a_person()
    objective_id = an_objective(merged)
    step_id = a_step(merged, objective_id)
    with transaction():
        lifecycle.merge(kept_id=kept, merged_id=merged, now=NOW)
    assert queries.person_of_objective(objective_id) == kept
    assert queries.person_of_step(step_id) == kept


def test_an_erasure_takes_words_and_places_and_keeps_the_counts(app: Flask) -> None:
    person_id, other = a_person(), a_person()
    objective_id = an_objective(person_id, street="3 rue du Bac", city="Onnaing", insee_code="59447")
    others = an_objective(other)
    a_roster(objective_id)
    means(objective_id, note="Avec Julie")
    a_step(person_id, objective_id)
    lifecycle.erase(person_id=person_id, now=NOW)
    lifecycle.erase(person_id=person_id, now=NOW)
    objective = queries.get_objective(objective_id)
    assert (objective.title, objective.employer_name, objective.street, objective.city) == ("Emploi", "", "", "")
    assert (objective.latitude, objective.position_precision, objective.own_means[0].note) == (None, None, "")
    assert len(covered(objective_id)) == 6
    assert queries.get_objective(others).employer_name


def test_the_export_tells_all_in_french(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    means(objective_id)
    a_step(person_id, objective_id)
    objectives, own, steps = list(lifecycle.export(person_id=person_id))
    assert objectives.rows[0]["hours"].startswith("Du lundi au vendredi")
    assert own.rows[0]["days"] == "lundi et mardi"
    assert steps.rows[0]["state"] == "Prévu"
    assert all(set(row) == set(export.columns) for export in (objectives, own, steps) for row in export.rows)
