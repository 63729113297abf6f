"""How stops are named by the places near them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.rules.naming import (
    USUAL_METRES,
    Naming,
    Said,
    name_door,
    name_stop,
    phrase,
)
from mobility.carpool.spoken import Names
from mobility.geo import communes
from mobility.geo.landmarks import KIND_LABELS, LandmarkKind, NearPlace
from mobility.geo.network import demonstration

K = LandmarkKind


@pytest.mark.parametrize(
    ("kind", "name", "commune", "said"),
    [
        (K.TOWN_HALL, "", "Denain", "la mairie de Denain"),
        (K.TOWN_HALL, "Mairie", "Onnaing", "la mairie d’Onnaing"),
        (K.TOWN_HALL, "Mairie de Raismes", "Raismes", "la mairie de Raismes"),
        (K.TOWN_HALL, "Mairie annexe", "Denain", "la mairie annexe (Denain)"),
        (K.TOWN_HALL, "Hôtel de Ville", "Le Quesnoy", "l’hôtel de Ville du Quesnoy"),
        (K.TOWN_HALL, "Rathaus", "", "la mairie"),
        (K.STATION, "Denain", "Denain", "la gare de Denain"),
        (K.STATION, "Gare de Denain", "Denain", "la gare de Denain"),
        (K.STATION, "Le Cateau", "Le Cateau-Cambrésis", "la gare du Cateau (Le Cateau-Cambrésis)"),
        (K.BUS_STOP, "Jean Jaurès", "Denain", "l’arrêt Jean Jaurès (Denain)"),
        # The stop in front of the town hall is not the town hall.
        (K.BUS_STOP, "Mairie", "Denain", "l’arrêt Mairie (Denain)"),
        (K.BUS_STOP, "Gare routière", "Denain", "la gare routière de Denain"),
        (K.TRAM_STOP, "Espace Villars", "Denain", "l’arrêt de tramway Espace Villars (Denain)"),
        (K.SCHOOL, "École Jules Ferry", "Denain", "l’école Jules Ferry (Denain)"),
        (K.SCHOOL, "Collège Villars", "", "le collège Villars"),
        (K.SCHOOL, "Jules Ferry", "", "l’école Jules Ferry"),
        (K.WORSHIP, "Église Saint-Martin", "Denain", "l’église Saint-Martin (Denain)"),
        (K.WORSHIP, "Centre islamique", "", "le lieu de culte Centre islamique"),
        (K.SUPERMARKET, "Carrefour", "Denain", "le supermarché Carrefour (Denain)"),
        (K.SUPERMARKET, "Hypermarché Denain Nord", "Denain", "l’hypermarché Denain Nord"),
    ],
)  # fmt: skip
def test_a_place_is_called_as_people_call_it(kind: LandmarkKind, name: str, commune: str, said: str) -> None:
    assert "".join(phrase(kind, name, commune)) == said


def test_of_several_places_the_nearest_for_its_kind_names_the_stop() -> None:
    hall, stop = NearPlace(K.TOWN_HALL, "", 60.0), NearPlace(K.BUS_STOP, "Jaurès", 40.0)
    assert name_stop([hall, stop], "Denain", Naming()) == Said("Mairie de Denain", "de la mairie de Denain")
    nearer = NearPlace(K.BUS_STOP, "Jaurès", 20.0)
    assert name_stop([hall, nearer], "Denain", Naming()) == Said("Arrêt Jaurès (Denain)", "de l’arrêt Jaurès (Denain)")
    # Settings decide: without town halls, with none at all.
    assert name_stop([hall], "Denain", Naming({**USUAL_METRES, K.TOWN_HALL: 0})) is None
    assert name_stop([], "Denain", Naming()) is None


def test_further_off_the_distance_is_said_and_then_nothing() -> None:
    said = name_stop([NearPlace(K.SUPERMARKET, "Lidl", 262.0)], "", Naming())
    assert said == Said("À 250\u00a0m du supermarché Lidl", "du supermarché Lidl")
    assert name_stop([NearPlace(K.SUPERMARKET, "Lidl", 401.0)], "", Naming()) is None
    assert name_stop([NearPlace(K.BUS_STOP, "Lidl", 61.0)], "", Naming()) == Said(
        "À 50\u00a0m de l’arrêt Lidl", "de l’arrêt Lidl"
    )


def test_a_door_is_told_by_what_everybody_knows_alone() -> None:
    stop, hall = NearPlace(K.BUS_STOP, "Jaurès", 5.0), NearPlace(K.TOWN_HALL, "", 400.0)
    station = NearPlace(K.STATION, "Denain", 100.0)
    assert name_door([stop], "Denain", within_metres=500) is None
    assert name_door([stop, hall, station], "Denain", within_metres=500) == "de la mairie de Denain"
    assert name_door([station, hall], "Denain", within_metres=300) == "de la gare de Denain"


PLACES = st.builds(NearPlace, st.sampled_from(K), st.text("abc éÉ'", max_size=8), st.floats(0, 2000))


@given(st.lists(PLACES, max_size=6), st.sampled_from(["", "Denain", "Le Quesnoy"]))
def test_whatever_the_places_a_name_is_near_enough_and_the_same_in_any_order(
    places: list[NearPlace], commune: str
) -> None:
    naming = Naming()
    said = name_stop(places, commune, naming)
    assert said == name_stop(places[::-1], commune, naming)
    if said is not None:
        assert min(one.metres for one in places) <= naming.furthest
        assert said.near.startswith(("de la ", "de l’", "du "))
        assert said.label[:1].isupper()
    else:
        assert all(one.metres > naming.beyond_metres for one in places if naming.metres[one.kind])


def test_stops_are_named_on_the_network_in_use() -> None:
    network = demonstration.load()
    position = communes.get("59491").position
    assert position is not None
    names = Names(network, Naming())
    hall = names.of(position.longitude, position.latitude, door=False)
    assert (hall.label, hall.near) == ("Mairie de Raismes", "de la mairie de Raismes")
    further = names.of(position.longitude, position.latitude + 0.003, door=False)
    assert further.label == "À 350\u00a0m de la mairie de Raismes"
    # A door says no more than the middle of its commune.
    assert names.of(position.longitude, position.latitude + 0.003, door=True).label == "Raismes"
    away = names.of(position.longitude, position.latitude + 0.01, door=False)
    assert (away.label, away.near) == ("Raismes", "de Raismes")
    assert names.of(position.longitude, position.latitude + 0.01, door=True).near == "de Raismes"


def test_every_kind_has_its_words_and_metres() -> None:
    assert set(KIND_LABELS) == set(USUAL_METRES) == set(K)
