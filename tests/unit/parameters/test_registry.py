import pytest

from mobility.core.errors import NotFound
from mobility.parameters import registry
from mobility.parameters.errors import UnreadableValue
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_parameters", {})


def test_a_parameter_is_declared_once_or_the_same_way_again():
    registry.declare(Parameter("a.b", "Exemple", Kind.INTEGER, 3))
    registry.declare(Parameter("a.b", "Exemple", Kind.INTEGER, 3))
    with pytest.raises(RuntimeError, match="are named"):
        registry.declare(Parameter("a.b", "Exemple", Kind.INTEGER, 4))


def test_a_default_that_does_not_fit_is_refused_at_once():
    with pytest.raises(UnreadableValue):
        registry.declare(Parameter("a.b", "Exemple", Kind.INTEGER, "trois"))
    with pytest.raises(UnreadableValue):
        registry.declare(Parameter("a.b", "Exemple", Kind.INTEGER, 30, high=20))


def test_a_kind_may_be_told_by_its_name():
    registry.declare(Parameter("a.b", "Exemple", "money", 1250, "cents", "Une somme"))
    assert registry.get("a.b").shape.kind is Kind.MONEY


def test_an_unknown_parameter_is_not_found():
    with pytest.raises(NotFound):
        registry.get("x" * 10_000)


def test_parameters_stand_in_groups_by_the_first_word_of_their_key():
    registry.declare(
        Parameter("loans.b", "B", Kind.INTEGER, 1),
        Parameter("other.a", "A", Kind.INTEGER, 1),
        Parameter("loans.a", "A", Kind.INTEGER, 1),
        Parameter("other.z", "Z", Kind.INTEGER, 1, group="Antennes"),
    )
    assert [(p.heading, p.key) for p in registry.all_parameters()] == [
        ("Antennes", "other.z"),
        ("Général", "other.a"),
        ("Prêts de véhicules", "loans.a"),
        ("Prêts de véhicules", "loans.b"),
    ]
