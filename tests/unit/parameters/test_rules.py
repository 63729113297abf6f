from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.parameters.errors import UnreadableValue
from mobility.parameters.rules import (
    Column,
    Dated,
    Kind,
    Shape,
    as_typed,
    equal,
    from_json,
    in_force,
    parse,
    show,
    to_json,
)

CHOICES = (("a", "La première"), ("b", "La seconde"))
COLUMNS = (
    Column("label", "Libellé"),
    Column("cents", "Montant", Kind.MONEY),
    Column("note", "Note", required=False),
)
TABLE = Shape(Kind.TABLE, columns=COLUMNS)


@pytest.mark.parametrize(
    ("shape", "typed", "kept", "value", "shown"),
    [
        (Shape(Kind.INTEGER), "12", 12, 12, "12"),
        (Shape(Kind.INTEGER), " 1 234 ", 1234, 1234, "1234"),
        (Shape(Kind.INTEGER, unit="jours"), "3", 3, 3, "3\u00a0jours"),
        (Shape(Kind.INTEGER, low=Decimal(-5)), "-3", -3, -3, "-3"),
        (Shape(Kind.DECIMAL), "1,25", "1.25", Decimal("1.25"), "1,25"),
        (Shape(Kind.DECIMAL), "-0.5", "-0.5", Decimal("-0.5"), "-0,5"),
        (Shape(Kind.MONEY), "12,50 €", 1250, 1250, "12,50\u00a0€"),
        (Shape(Kind.MONEY), "1 234", 123400, 123400, "1\u202f234,00\u00a0€"),
        (Shape(Kind.PERCENT), "90 %", "90", Decimal(90), "90\u00a0%"),
        (Shape(Kind.PERCENT), "12,5", "12.5", Decimal("12.5"), "12,5\u00a0%"),
        (Shape(Kind.BOOLEAN), "oui", True, True, "oui"),
        (Shape(Kind.BOOLEAN), "non", False, False, "non"),
        (Shape(Kind.TEXT), " bonjour ", "bonjour", "bonjour", "bonjour"),
        (Shape(Kind.TEXT), "", "", "", "—"),
        (Shape(Kind.MINUTES), "90", 90, 90, "90\u00a0min"),
        (Shape(Kind.CHOICE, choices=CHOICES), "b", "b", "b", "La seconde"),
        (Shape(Kind.INTEGERS), "-3, -1; 0", [-3, -1, 0], (-3, -1, 0), "-3, -1, 0"),
        (Shape(Kind.INTEGERS), "", [], (), "—"),
        (
            TABLE,
            "Voiture ; 5,00 ; \nVélo;2;tous",
            [{"label": "Voiture", "cents": 500, "note": None}, {"label": "Vélo", "cents": 200, "note": "tous"}],
            ({"label": "Voiture", "cents": 500, "note": None}, {"label": "Vélo", "cents": 200, "note": "tous"}),
            "2 lignes",
        ),
    ],
)
def test_values_are_read_kept_given_and_shown(shape, typed, kept, value, shown):
    assert equal(parse(shape, typed), kept)
    assert from_json(shape, kept) == value
    assert show(shape, kept) == shown
    assert equal(parse(shape, as_typed(shape, kept)), kept)


@pytest.mark.parametrize(
    ("shape", "typed", "message"),
    [
        (Shape(Kind.INTEGER), "", "Écrivez une valeur"),
        (Shape(Kind.INTEGER), "douze", "nombre entier"),
        (Shape(Kind.INTEGER), "1.5", "nombre entier"),
        (Shape(Kind.INTEGER), "²", "nombre entier"),
        (Shape(Kind.INTEGER), "9" * 10_000, "nombre entier"),
        (Shape(Kind.INTEGER), "-1", "entre 0 et"),
        (Shape(Kind.INTEGER, low=Decimal(1), high=Decimal(9)), "10", "entre 1 et 9"),
        (Shape(Kind.DECIMAL), "douze", "un nombre"),
        (Shape(Kind.DECIMAL), "NaN", "six décimales"),
        (Shape(Kind.DECIMAL), "Infinity", "six décimales"),
        (Shape(Kind.DECIMAL), "1e400", "décimales"),
        (Shape(Kind.DECIMAL), "1,0000001", "six décimales"),
        (Shape(Kind.DECIMAL), "x" * 10_000, "un nombre"),
        (Shape(Kind.PERCENT), "101", "entre 0\u00a0% et 100\u00a0%"),
        (Shape(Kind.PERCENT), "-1", "entre"),
        (Shape(Kind.MONEY), "douze", "montant en euros"),
        (Shape(Kind.MONEY), "-1", "entre"),
        (Shape(Kind.MONEY), "12,505", "montant en euros"),
        (Shape(Kind.MONEY, high=Decimal(1000)), "10,01", "entre 0,00\u00a0€ et 10,00\u00a0€"),
        (Shape(Kind.BOOLEAN), "peut-être", "oui ou par non"),
        (Shape(Kind.TEXT), "é" * 10_000, "trop long"),
        (Shape(Kind.MINUTES), "1h", "nombre entier"),
        (Shape(Kind.CHOICE, choices=CHOICES), "c", "dans la liste"),
        (Shape(Kind.CHOICE, choices=CHOICES), "", "dans la liste"),
        (Shape(Kind.INTEGERS), "1, deux", "nombre entier"),
        (Shape(Kind.INTEGERS), "1, 1", "deux fois"),
        (Shape(Kind.INTEGERS), ",".join(map(str, range(51))), "50 nombres"),
        (TABLE, "Voiture", "Ligne 1 : écrivez 3 cellules"),
        (TABLE, "Voiture;cinq;", "Ligne 1, Montant"),
        (TABLE, "Voiture;5;\n;5;", "Ligne 2 : « Libellé » manque"),
        (TABLE, "\n".join(["a;1;"] * 201), "200 lignes"),
    ],
)
def test_what_cannot_be_read_is_refused_in_french(shape, typed, message):
    with pytest.raises(UnreadableValue, match=message):
        parse(shape, typed)


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        (Shape(Kind.INTEGER), True),
        (Shape(Kind.INTEGER), 1.0),
        (Shape(Kind.INTEGER), "1"),
        (Shape(Kind.DECIMAL), 0.1),
        (Shape(Kind.DECIMAL), False),
        (Shape(Kind.BOOLEAN), 1),
        (Shape(Kind.TEXT), None),
        (Shape(Kind.INTEGERS), "123"),
        (Shape(Kind.INTEGERS), 3),
        (Shape(Kind.INTEGERS), [1, True]),
        (TABLE, [{"label": "x", "cents": 1, "other": 2}]),
        (TABLE, ["x"]),
        (TABLE, 3),
    ],
)
def test_a_value_of_another_type_is_refused(shape, value):
    with pytest.raises(UnreadableValue):
        to_json(shape, value)


def test_a_cell_of_another_type_is_refused_by_its_line_and_its_column():
    with pytest.raises(UnreadableValue) as refused:
        to_json(TABLE, [{"label": "Voiture", "cents": 500}, {"label": "Vélo", "cents": "deux"}])
    assert refused.value.params["reason"].startswith("Ligne 2, Montant : ")


def test_one_and_true_are_not_the_same():
    assert not equal(1, True)
    assert equal({"a": 1, "b": [2]}, {"b": [2], "a": 1})


DAY = date(2026, 11, 23)


def test_the_latest_value_that_has_begun_holds():
    values = [Dated(DAY, 2), Dated(DAY - timedelta(days=9), 1), Dated(DAY + timedelta(days=1), 3)]
    assert in_force(values, DAY - timedelta(days=10)) is None
    assert in_force(values, DAY - timedelta(days=1)).kept == 1
    assert in_force(values, DAY).kept == 2
    assert in_force(values, DAY + timedelta(days=400)).kept == 3


@given(st.dictionaries(st.dates(), st.integers(), min_size=1), st.dates())
def test_exactly_one_value_holds_on_each_day_from_the_first_on(values, day):
    found = in_force([Dated(on, kept) for on, kept in values.items()], day)
    begun = [on for on in values if on <= day]
    assert (found is None) == (not begun)
    if found is not None:
        assert found.valid_from_on == max(begun)


@given(st.integers(0, 10**10))
def test_money_comes_back_as_it_was_typed(cents):
    shape = Shape(Kind.MONEY)
    assert parse(shape, as_typed(shape, cents)) == cents


@given(st.decimals(-10_000, 10_000, places=4))
def test_decimals_come_back_exactly(number):
    shape = Shape(Kind.DECIMAL)
    assert from_json(shape, parse(shape, as_typed(shape, to_json(shape, number)))) == number


@given(st.sampled_from(list(Kind)), st.text(max_size=80))
def test_any_text_is_read_or_refused_but_never_breaks(kind, text):
    shape = Shape(kind, choices=CHOICES, columns=COLUMNS)
    try:
        kept = parse(shape, text)
    except UnreadableValue as error:
        assert error.message
    else:
        from_json(shape, kept)
        assert show(shape, kept)
