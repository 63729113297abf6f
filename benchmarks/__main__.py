"""Measure, in one run, what pages, searches, bookings and assignments cost against something trivial.

Usage: ``python -m benchmarks [--runs 30] [--people 300]``. Everything happens in a folder of its own that is
deleted at the end; nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import perf_counter

from flask import Flask
from sqlalchemy import text

from benchmarks import world
from benchmarks.measure import Line, show, time_of
from mobility.core import clock
from mobility.core.db import db, end_read, transaction
from mobility.core.memory import peak_megabytes
from mobility.fleet.kinds import Category
from mobility.fleet.queries import list_candidates
from mobility.loans.assignment import Candidate, Span, rank
from mobility.people.models import Person
from mobility.people.queries.search import search
from tests.conftest import SECRET, Browser, build_schema
from tests.factories.accounts import signed_in
from tests.factories.loans import NOW

LARGER = 10
CARS = 60


def make_app(folder: Path) -> Flask:
    """Return the application on an empty database of its own."""
    from mobility.app import create_app

    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / 'benchmark.sqlite'}",
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


def trivial() -> None:
    """Ask the database for a number: the unit of most of what follows."""
    db.session.execute(text("SELECT 1")).scalar()
    end_read()


def nothing_written() -> None:
    """Open and close a writing transaction that writes one number nowhere."""
    with transaction() as session:
        session.execute(text("SELECT 1"))


class Benchmarks:
    """The measures, in their order; each gives lines of the report."""

    def __init__(self, app: Flask, *, runs: int, people: int) -> None:
        self.app, self.runs, self.people = app, runs, people
        self.lines: list[Line] = []
        self.unit = 0.0

    def time(self, action: Callable[[], object]) -> float:
        """Return the median time of an action."""
        return time_of(action, runs=self.runs)

    def against(self, name: str, milliseconds: float, base_name: str, base: float) -> None:
        """Add a line."""
        self.lines.append(Line(name, milliseconds, base_name, base))

    def run(self) -> None:
        """Measure everything."""
        self.unit = self.time(trivial)
        place = world.make_place("Denain")
        world.add_policy()
        world.add_vehicles(place, CARS)
        self.files(place)
        self.pages(place)
        self.bookings(place)
        self.searches(place)
        self.assignments()
        self.candidates(place)

    def files(self, place: world.Place) -> None:
        """The page of a person, with little in the file and with ten times as much."""
        small, large = world.make_file(place, 1), world.make_file(place, LARGER)
        browser = signed_in(self.app, place.adviser)
        little = self.time(lambda: browser.get(f"/personnes/{small}"))
        much = self.time(lambda: browser.get(f"/personnes/{large}"))
        self.against("page of a person, 1 loan", little, "trivial query", self.unit)
        self.against(f"page of a person, {LARGER} loans", much, "the same with 1 loan", little)

    def pages(self, place: world.Place) -> None:
        """The pages that a desk opens all day."""
        browser = signed_in(self.app, place.manager)
        bare = self.time(lambda: browser.get("/mentions-legales"))
        self.against("a page that asks nothing", bare, "trivial query", self.unit)
        for path in ("/accueil", "/prets/journee", "/prets", "/parc", "/parc/planning", "/personnes"):
            assert browser.get(path).status_code == 200, path
            self.against(
                f"page {path}", self.time(lambda path=path: browser.get(path)), "a page that asks nothing", bare
            )

    def bookings(self, place: world.Place) -> None:
        """A booking, whole: rules, assignment, reservation, journal, messages, one commit."""
        person, serial = world.make_file(place, 0), count(1)
        empty = self.time(nothing_written)
        booked = self.time(lambda: world.book(place, person, next(serial)))
        self.against("a booking", booked, "empty writing transaction", empty)

    def searches(self, place: world.Place) -> None:
        """The search among some people, and among ten times as many."""
        everybody = Person.id > 0
        asked = ("lefevre", "nadia lefev", "0639")

        def ask() -> None:
            for words in asked:
                search(words, visible=everybody)
            end_read()

        world.add_people(place, self.people)
        few = self.time(ask) / len(asked)
        world.add_people(place, self.people * (LARGER - 1))
        many = self.time(ask) / len(asked)
        self.against(f"search among {self.people} people", few, "trivial query", self.unit)
        self.against(f"search among {self.people * LARGER} people", many, f"among {self.people}", few)

    def assignments(self) -> None:
        """Ranking alone, without the database."""
        wanted = Span(NOW + timedelta(days=40), NOW + timedelta(days=42))

        def crowd(number: int) -> list[Candidate]:
            return [_candidate(identity) for identity in range(number)]

        few, many = crowd(CARS), crowd(CARS * LARGER)
        small = self.time(lambda: rank(few, wanted))
        large = self.time(lambda: rank(many, wanted))
        self.against(f"assignment over {CARS * LARGER} vehicles", large, f"over {CARS}", small)

    def candidates(self, place: world.Place) -> None:
        """Reading the vehicles that could go, with their papers and uses."""
        window = {"start_at": NOW + timedelta(days=40), "end_at": NOW + timedelta(days=42)}

        def read() -> None:
            list_candidates(desk_ids=[place.desk.id], category=Category.CAR, **window)
            end_read()

        few = self.time(read)
        world.add_vehicles(place, CARS * (LARGER - 1))
        self.against(f"reading {CARS} vehicles", few, "trivial query", self.unit)
        self.against(f"reading {CARS * LARGER} vehicles", self.time(read), f"reading {CARS}", few)


def _candidate(identity: int) -> Candidate:
    """Return a vehicle with ten uses around the window."""
    begin = NOW + timedelta(days=identity % 3)
    busy = tuple(Span(begin + timedelta(days=4 * n), begin + timedelta(days=4 * n + 2)) for n in range(10))
    return Candidate(
        vehicle_id=identity,
        desk_id=1,
        category=Category.CAR,
        name="",
        busy=busy,
        odometer_km=20_000 + identity,
    )


def main() -> None:
    """Run the benchmarks and print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=30, help="runs of each measure (the median counts)")
    parser.add_argument("--people", type=int, default=300, help="people in the small search")
    given = parser.parse_args()
    clock.source = lambda: NOW
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        bare = peak_megabytes()
        begun = perf_counter()
        app = make_app(Path(folder))
        started = perf_counter() - begun
        ready = peak_megabytes()
        with app.app_context():
            build_schema()
            benchmarks = Benchmarks(app, runs=given.runs, people=given.people)
            benchmarks.run()
            for engine in db.engines.values():
                engine.dispose()
    print(show(benchmarks.lines))
    print(f"\napplication ready in {started:.2f} s")
    print(
        f"memory at most: {bare:.0f} MB before, {ready:.0f} MB with the application, {peak_megabytes():.0f} MB at the end"
    )


if __name__ == "__main__":
    main()
