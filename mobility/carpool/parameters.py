"""The dated settings of carpooling, and how they are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mobility.carpool.crewing import EXACT_PEOPLE
from mobility.carpool.rules.money import Scale
from mobility.carpool.rules.naming import USUAL_BEYOND_METRES, USUAL_METRES, Naming
from mobility.carpool.rules.ranking import Measures, Ranking
from mobility.carpool.rules.score import Weights
from mobility.geo.landmarks import KIND_LABELS, LandmarkKind
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Column, Kind, Scope

SCALE = "carpool.scale"
ELECTRIC = "carpool.electric_percent"
TRIAL_DAYS = "carpool.trial_days"
ANSWER_DAYS = "carpool.answer_days"
RETOLD_MINUTES = "carpool.retold_minutes"
CREWS_SECONDS = "carpool.crews_seconds"
CREWS_EXACT_PEOPLE = "carpool.crews_exact_people"
LEAST_PERCENT = "carpool.rank_least_percent"
BEYOND_METRES = "carpool.place_beyond_metres"
_PLACES = "Covoiturage : noms des points de rendez-vous"
_RANKS = "Covoiturage : ordre des propositions"
_HUNDREDTHS = 100
# What a rank is made of beside the road, in minutes of detour.
_MEASURES = {
    "no_day": (
        "Aucun jour demandé n’est fait",
        "Partagé entre les jours : un jour sur cinq sans place compte un cinquième.",
    ),
    "euro": ("Un euro par trajet", ""),
    "unchecked": ("Permis et assurance pas encore vus", ""),
    "newcomer": ("Premier trajet de la personne qui conduit", "Dix trajets faits l’effacent."),
    "report": ("Un problème signalé et pas réglé", ""),
}
# What a minute of each counts beside a minute of the driver's detour.
_ROAD = {
    "detour": "Détour de la personne qui conduit",
    "wait": "Voiture qui attend",
    "walk": "Marche",
    "ride": "Trajet plus long que le trajet direct",
    "early": "Arrivée en avance",
    "linger": "Attente avant de partir",
}
# The tax scale of mileage of 2026, up to 5 000 km a year: fiscal power → euros a kilometre.
SCALE_2026 = ((3, "0.529"), (4, "0.606"), (5, "0.636"), (6, "0.665"), (7, "0.697"))
_TENTHS_OF_CENT = 1000


def scale(*, on: date) -> Scale:
    """Return what a kilometre costs on a day; a table without a line is the one that comes with the platform."""
    rows = queries.value(SCALE, on=on)
    by_power = {int(row["power"]): int(Decimal(row["euros"]) * _TENTHS_OF_CENT) for row in rows}
    if not by_power:
        by_power = {power: int(Decimal(euros) * _TENTHS_OF_CENT) for power, euros in SCALE_2026}
    return Scale(by_power, electric_percent=int(queries.value(ELECTRIC, on=on)))


def trial_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days a carpool is tried before it is confirmed."""
    return int(queries.value(TRIAL_DAYS, on=on, desk_id=desk_id))


def answer_days(*, on: date, desk_id: int | None) -> int:
    """Return after how many days a proposal without both answers is over."""
    return int(queries.value(ANSWER_DAYS, on=on, desk_id=desk_id))


def retold_minutes(*, on: date, desk_id: int | None) -> int:
    """Return from how many minutes on the times of those who ride on are given back when somebody leaves the car."""
    return int(queries.value(RETOLD_MINUTES, on=on, desk_id=desk_id))


def ranking(*, on: date, desk_id: int | None) -> Ranking:
    """Return what a desk's proposals are ranked by (one query)."""
    measures, road = {name: _measure_key(name) for name in _MEASURES}, {name: _road_key(name) for name in _ROAD}
    read = queries.values([*measures.values(), *road.values(), LEAST_PERCENT], on=on, desk_id=desk_id)
    return Ranking(
        measures=Measures(**{name: int(read[key]) * _HUNDREDTHS for name, key in measures.items()}),
        road=Weights(**{name: int(read[key]) for name, key in road.items()}),
        least_percent=int(read[LEAST_PERCENT]),
    )


def crews_seconds(*, on: date, desk_id: int | None) -> int:
    """Return how long the crews of a site may be computed."""
    return int(queries.value(CREWS_SECONDS, on=on, desk_id=desk_id))


def crews_exact_people(*, on: date, desk_id: int | None) -> int:
    """Return up to how many people the best of all crews is looked for."""
    return int(queries.value(CREWS_EXACT_PEOPLE, on=on, desk_id=desk_id))


def _measure_key(name: str) -> str:
    return f"carpool.rank_{name}_minutes"


def _road_key(name: str) -> str:
    return f"carpool.rank_{name}_percent"


def naming(*, on: date) -> Naming:
    """Return by which places stops are named on a day (one query)."""
    keys = {kind: _place_key(kind) for kind in LandmarkKind}
    read = queries.values([*keys.values(), BEYOND_METRES], on=on)
    return Naming({kind: int(read[key]) for kind, key in keys.items()}, int(read[BEYOND_METRES]))


def _place_key(kind: LandmarkKind) -> str:
    return f"carpool.place_{kind.name.lower()}_metres"


def _declare_places() -> None:
    registry.declare(
        *(
            Parameter(
                _place_key(kind),
                f"{label} : jusqu’à quelle distance",
                Kind.INTEGER,
                USUAL_METRES[kind],
                "mètres",
                "0 : ce lieu ne nomme aucun point de rendez-vous. De deux lieux proches, celui dont la distance est la "
                "plus grande ici passe plus volontiers devant.",
                group=_PLACES,
                low=0,
                high=1000,
                scopes=(Scope.EVERYWHERE,),
            )
            for kind, label in KIND_LABELS.items()
        ),
        Parameter(
            BEYOND_METRES,
            "« À 250 m de… » : jusqu’à quelle distance",
            Kind.INTEGER,
            USUAL_BEYOND_METRES,
            "mètres",
            "Sans lieu tout proche, le point de rendez-vous est dit par sa distance à un lieu connu.",
            group=_PLACES,
            low=0,
            high=2000,
            scopes=(Scope.EVERYWHERE,),
        ),
    )


def _declare_ranks() -> None:
    usual, by_desk = Ranking(), (Scope.EVERYWHERE, Scope.DESK)
    registry.declare(
        *(
            Parameter(
                _measure_key(name),
                words,
                Kind.INTEGER,
                getattr(usual.measures, name) // _HUNDREDTHS,
                "minutes de détour",
                f"Compte autant que ce nombre de minutes de détour. {hint}".strip(),
                group=_RANKS,
                low=0,
                high=600,
                scopes=by_desk,
            )
            for name, (words, hint) in _MEASURES.items()
        ),
        *(
            Parameter(
                _road_key(name),
                f"Une minute : {words.lower()}",
                Kind.PERCENT,
                getattr(usual.road, name),
                hint="100 % : compte autant qu’une minute de détour ; 0 % : ne compte pas.",
                group=_RANKS,
                low=0,
                high=1000,
                scopes=by_desk,
            )
            for name, words in _ROAD.items()
        ),
        Parameter(
            LEAST_PERCENT,
            "Part la plus petite des trajets demandés",
            Kind.PERCENT,
            usual.least_percent,
            hint="Une proposition qui fait moins que cette part des trajets n’est pas montrée.",
            group=_RANKS,
            low=1,
            high=100,
            scopes=by_desk,
        ),
    )


def declare() -> None:
    """Declare the settings."""
    desks = (Scope.EVERYWHERE, Scope.DESK)
    _declare_ranks()
    _declare_places()
    registry.declare(
        Parameter(
            SCALE,
            "Barème kilométrique",
            Kind.TABLE,
            [{"power": power, "euros": euros} for power, euros in SCALE_2026],
            hint="Ce que coûte un kilomètre, par puissance fiscale. Les participations d’un trajet ne dépassent jamais son coût.",
            columns=(Column("power", "Puissance (CV)", Kind.INTEGER), Column("euros", "Euros par km", Kind.DECIMAL)),
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            ELECTRIC,
            "Barème kilométrique : majoration d’une voiture électrique",
            Kind.PERCENT,
            20,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            TRIAL_DAYS,
            "Covoiturage : durée de l’essai",
            Kind.INTEGER,
            7,
            "jours",
            "Ensuite, le covoiturage est confirmé si personne ne l’a arrêté.",
            low=1,
            high=60,
            scopes=desks,
        ),
        Parameter(
            ANSWER_DAYS,
            "Covoiturage proposé : délai pour répondre",
            Kind.INTEGER,
            7,
            "jours",
            "Sans les deux réponses, la proposition s’arrête.",
            low=1,
            high=60,
            scopes=desks,
        ),
        Parameter(
            RETOLD_MINUTES,
            "Covoiturage : nouvel horaire quand un passager ne monte plus",
            Kind.INTEGER,
            10,
            "minutes",
            "Les autres passagers retrouvent l’horaire qu’ils avaient accepté si la différence est au moins de tant de "
            "minutes ; jamais la veille du trajet.",
            low=1,
            high=120,
            scopes=desks,
        ),
        Parameter(
            CREWS_SECONDS,
            "Équipages d’un lieu : durée du calcul",
            Kind.INTEGER,
            4,
            "secondes",
            "Ensuite, la meilleure répartition trouvée est montrée, avec ce qu’on pourrait encore gagner au mieux.",
            low=1,
            high=20,
            scopes=desks,
        ),
        Parameter(
            CREWS_EXACT_PEOPLE,
            "Équipages d’un lieu : nombre de personnes pour chercher la meilleure répartition",
            Kind.INTEGER,
            EXACT_PEOPLE,
            "personnes",
            "Au-delà, une bonne répartition est montrée, avec ce qu’on pourrait encore gagner au mieux.",
            low=0,
            high=300,
            scopes=desks,
        ),
    )
