"""What pages cost on a platform of years and a hundred desks, against those of one desk, in one run.

Usage: ``python -m benchmarks.growth [--people 200000] [--desks 100] [--visits 15] [--database sqlite postgresql]``.
The small platform is one desk with 1 000 people; the large one has 200 000 people, 100 desks and 3 million
appointments. Each page is asked in turn on one and on the other; the median of each is compared.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from flask import Flask
from sqlalchemy import select

from benchmarks import crowd, world
from benchmarks.measure import WARM_UP, Line, show
from mobility.core import clock
from mobility.core.db import db
from mobility.diagnosis.models import Diagnosis
from mobility.pathway.models import Objective, Plan, Roster
from mobility.people.models import Person
from tests.conftest import SECRET, Browser, build_schema
from tests.factories.accounts import signed_in

SMALL_PEOPLE = 1000


def make_app(folder: Path, url: str) -> Flask:
    """Return the application on an empty database."""
    from mobility.app import create_app

    app = create_app(
        {
            "DATABASE_URL": url,
            "SECRET_KEY": SECRET,
            "VAR_DIR": folder,
            "NETWORK_DIR": folder / "network",
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
            "RATELIMIT_ENABLED": False,
            "PUBLIC_URL": "http://mobilite.test",
            "COOKIE_SECURE": False,
            "LOG_LEVEL": "ERROR",
        }
    )
    app.test_client_class = Browser
    return app


class Platform:
    """One platform, filled, with somebody signed in at one of its desks."""

    def __init__(self, app: Flask, *, people: int, desks: int, visits: int) -> None:
        self.app = app
        begun = perf_counter()
        with app.app_context():
            build_schema()
            teams = crowd.make_teams(desks, people=people)
            team = teams[len(teams) // 2]
            world.add_policy()
            place = world.Place(team.desk, team.manager, team.advisers[0])
            world.add_vehicles(place, 5)
            file_id = world.make_file(place, 3)
            adviser_id = team.advisers[0].id
            self.adviser, self.manager = signed_in(app, team.advisers[0]), signed_in(app, team.manager)
            made = crowd.load(teams, people=people, visits=visits, now=clock.now())
            # Somebody who works, by a plan, after a diagnosis.
            one = db.session.execute(
                select(Objective.person_id, Objective.id, Plan.id, Diagnosis.id)
                .join(Person, Person.id == Objective.person_id)
                .join(Roster, Roster.objective_id == Objective.id)
                .join(Plan, Plan.person_id == Person.id)
                .join(Diagnosis, Diagnosis.person_id == Person.id)
                .where(Person.referent_user_id == adviser_id)
                .order_by(Person.id)
                .limit(1)
            ).one()
            person_id, objective_id, plan_id, diagnosis_id = one
            self.pages = {
                "inbox, adviser": (self.adviser, "/bannette"),
                "agenda, the adviser’s week": (self.adviser, "/agenda"),
                "agenda, the desk’s week": (self.manager, "/agenda?qui=tous"),
                "person of the crowd": (self.adviser, f"/personnes/{person_id}"),
                "person with 3 loans": (self.adviser, f"/personnes/{file_id}"),
                "first page, adviser": (self.adviser, "/accueil"),
                "first page, manager": (self.manager, "/accueil"),
                "what is to be done, team": (self.manager, "/a-faire/antenne"),
                "deadlines, manager": (self.manager, "/bannette/delais"),
                "whom nobody sees again": (self.manager, "/agenda/a-revoir"),
                "letters": (self.manager, "/agenda/courriers"),
                "person’s history": (self.adviser, f"/personnes/{person_id}/historique"),
                "person’s appointments": (self.adviser, f"/personnes/{person_id}/rendez-vous"),
                "plan": (self.adviser, f"/plans/{plan_id}"),
                "coverage, five weeks": (self.adviser, f"/objectifs/{objective_id}/trajets"),
                "diagnosis": (self.adviser, f"/diagnostics/{diagnosis_id}"),
                "what is missing": (self.manager, "/ce-qui-manque"),
                "caseload": (self.manager, "/charge"),
                "counts by commune, a year": (self.manager, f"/decomptes?par=commune&{_year()}"),
                "counts by prescriber, a year": (self.manager, f"/decomptes?par=prescriber&{_year()}"),
                "counts by month, three years": (self.manager, f"/decomptes?par=month&{_year(3)}"),
            }
        print(f"{made.people} people, {len(teams)} desks, {people * visits} visits: {perf_counter() - begun:.0f} s")

    def ask(self, page: str) -> float:
        """Return how long a page takes, in milliseconds."""
        client, address = self.pages[page]
        begun = perf_counter()
        answer = client.get(address)
        taken = (perf_counter() - begun) * 1000
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        return taken


def _year(years: int = 1) -> str:
    """Return the last years as a page of counts is asked for them."""
    last_on = clock.today()
    return f"du={last_on - timedelta(days=365 * years)}&au={last_on}"


def compare(small: Platform, large: Platform, *, runs: int) -> list[Line]:
    """Ask every page of both in turn, so that what else the machine does weighs on both alike."""
    lines = []
    for page in small.pages:
        times = [(small.ask(page), large.ask(page)) for _ in range(WARM_UP + runs)][WARM_UP:]
        few, many = median(one for one, _other in times), median(other for _one, other in times)
        lines.append(Line(page, many, "one desk", few))
    return lines


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'small.sqlite'}", f"sqlite:///{folder / 'large.sqlite'}"
        return
    from tests.support.postgres import Server

    server = Server()
    try:
        for name in ("small", "large"):
            server.execute(f"CREATE DATABASE {name}")
        yield server.url("small"), server.url("large")
    finally:
        server.stop()


def main() -> None:
    """Fill both platforms on each database, ask, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--desks", type=int, default=100)
    parser.add_argument("--visits", type=int, default=15)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    given = parser.parse_args()
    for kind in given.database:
        with tempfile.TemporaryDirectory(prefix="growth-") as made, databases(kind, Path(made)) as urls:
            print(f"== {kind}")
            folders = [Path(made) / name for name in ("few", "many")]
            for folder in folders:
                folder.mkdir()
            small = Platform(make_app(folders[0], urls[0]), people=SMALL_PEOPLE, desks=1, visits=given.visits)
            large = Platform(make_app(folders[1], urls[1]), people=given.people, desks=given.desks, visits=given.visits)
            # As the server does once it is up (mobility/serve.py): the collector looks at what a page made, and no more.
            gc.collect()
            gc.freeze()
            print(show(compare(small, large, runs=given.runs)), flush=True)
            for one in (small, large):
                with one.app.app_context():
                    db.engine.dispose()


if __name__ == "__main__":
    main()
