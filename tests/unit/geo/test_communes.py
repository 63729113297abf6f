import pytest

from mobility.core.errors import NotFound
from mobility.geo import communes
from mobility.geo.distance import straight_line_km


def test_every_commune_of_the_north_is_known():
    north = communes.by_department("59")
    assert len(north) == 647
    assert all(commune.postcodes and commune.population > 0 for commune in north)


def test_the_communes_of_france_are_all_there_under_distinct_codes():
    index = communes._index()
    assert len(index.by_code) == 34969
    assert 60_000_000 < sum(commune.population for commune in index.by_code.values()) < 75_000_000


def test_enough_communes_around_valenciennes_and_cambrai_are_placed():
    around = [commune for commune in communes.by_department("59") if commune.arrondissement in {"596", "592"}]
    placed = [commune for commune in around if commune.position]
    assert len(around) == 198
    assert len(placed) >= 197
    people = sum(commune.population for commune in placed) / sum(commune.population for commune in around)
    assert people >= 0.999


def test_every_commune_around_valenciennes_and_cambrai_has_at_least_an_estimate():
    around = [commune for commune in communes.by_department("59") if commune.arrondissement in {"596", "592"}]
    assert [commune.name for commune in around if communes.estimate_position(commune.insee_code) is None] == []


def test_every_position_of_the_north_lies_in_the_north():
    # The department's box, with a margin of some 2 km.
    for commune in communes.by_department("59"):
        if commune.position:
            assert 49.95 < commune.position.latitude < 51.11, commune
            assert 2.04 < commune.position.longitude < 4.25, commune


@pytest.mark.parametrize(
    ("code", "name", "postcode"),
    [("59606", "Valenciennes", "59300"), ("59172", "Denain", "59220"), ("59139", "Caudry", "59540")],
)
def test_the_towns_of_the_desks_are_known_and_placed(code, name, postcode):
    commune = communes.get(code)
    assert commune.name == name
    assert postcode in commune.postcodes
    assert commune.position is not None
    assert commune in communes.by_postcode(postcode)


def test_distances_between_the_towns_are_right_to_one_kilometre():
    valenciennes, denain, caudry = (communes.get(code).position for code in ("59606", "59172", "59139"))
    assert straight_line_km(valenciennes, denain) == pytest.approx(9.5, abs=1)
    assert straight_line_km(valenciennes, caudry) == pytest.approx(27.6, abs=1)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("denain", "Denain"),
        ("DENAIN", "Denain"),
        ("  Valencienne", "Valenciennes"),
        ("saint amand les", "Saint-Amand-les-Eaux"),
        ("st-amand-les-e", "Saint-Amand-les-Eaux"),
        ("Trith Saint Léger", "Trith-Saint-Léger"),
        ("trith-saint-leger", "Trith-Saint-Léger"),
        ("le cateau", "Le Cateau-Cambrésis"),
        ("cateau", "Le Cateau-Cambrésis"),
        ("crevecoeur sur l'escaut", "Crèvecœur-sur-l'Escaut"),
        ("59220", "Denain"),
        ("59172", "Denain"),
        ("lil", "Lille"),
        ("2A004", "Ajaccio"),
        ("2b033", "Bastia"),
    ],
)
def test_search_finds_what_people_type(text, first):
    assert communes.search(text)[0].name == first


def test_an_exact_name_comes_before_a_longer_one():
    assert communes.search("solesmes")[0].name == "Solesmes"
    assert communes.search("haveluy")[0].name == "Haveluy"


@pytest.mark.parametrize(
    "text", ["", "   ", "-", "zzzzzz", "1", "123456", "é" * 10_000, "💥", "עברית", "%", "'; DROP TABLE", "\x00"]
)
def test_search_finds_nothing_in_hostile_text(text):
    assert communes.search(text) == []


def test_search_respects_its_limit():
    assert len(communes.search("saint", limit=7)) == 7
    assert communes.search("saint", limit=0) == []


def test_an_unknown_code_is_not_found():
    assert communes.find("59999") is None
    with pytest.raises(NotFound):
        communes.get("59999")
    assert communes.by_postcode("00000") == ()
    assert communes.estimate_position("59999") is None


def test_a_commune_without_position_is_estimated_from_its_postcode():
    unplaced = next(
        c for c in communes.by_department("59") if c.position is None and communes.estimate_position(c.insee_code)
    )
    estimate = communes.estimate_position(unplaced.insee_code)
    assert estimate.from_neighbours
    assert not communes.estimate_position("59172").from_neighbours


def test_labels_tell_namesakes_apart():
    assert communes.get("59172").label == "Denain (59220)"
    assert communes.get("59350").label.startswith("Lille (59")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Denain", ["59172"]),
        ("denain (59220)", ["59172"]),
        ("59172", ["59172"]),
        ("Lille (59000…)", ["59350"]),
        ("Valenciennes (59000)", []),
        ("Denai", []),
        ("2a004", ["2A004"]),
        ("", []),
        ("(", []),
        ("x" * 10_000, []),
    ],
)
def test_a_text_names_a_commune_in_full_or_not_at_all(text, codes):
    assert [commune.insee_code for commune in communes.match(text)] == codes


def test_namesakes_and_shared_postcodes_are_all_given():
    assert len(communes.match("Saint-Martin")) > 1
    assert len(communes.match("59540")) > 3


def test_every_label_of_the_north_names_its_commune():
    for commune in communes.by_department("59"):
        assert commune in communes.match(commune.label)


def test_the_communes_around_a_point_are_those_within_the_distance():
    denain = communes.get("59172").position
    near = communes.within(denain, 6)
    assert "59172" in near
    assert "59606" not in near
    assert set(near) < set(communes.within(denain, 12))
    assert "59606" in communes.within(denain, 12)
