"""What the macros promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from flask import Flask

from mobility.core.web.pagination import Page as ListPage
from mobility.core.web.styleguide import SampleForm, _refused_form
from tests.unit.frontend.page import Page

Render = Callable[..., str]
TABLE = """
{% from "components/data_table.html" import data_table %}
{% call(row, key) data_table('Prêts', columns, rows, page=page, sort=sort, empty='RIEN') %}{{ row[key] }}{% endcall %}
"""
COLUMNS = [{"key": "name", "label": "Nom", "sort": True}, {"key": "km", "label": "Km", "num": True, "sort": True}]


def _table(
    render: Render, rows: list[dict[str, object]], at: str = "/liste", sort: str | None = None, **page: int
) -> str:
    shown = ListPage(rows, **{"number": 1, "per_page": 2, "total": len(rows), **page})
    return render(TABLE, at=at, columns=COLUMNS, rows=rows, page=shown, sort=sort)


def test_each_cell_of_a_table_says_its_heading_for_phones(render: Render) -> None:
    page = Page(_table(render, [{"name": "<Zoé>", "km": 3}]))
    assert page.one("th", scope="row").text == "<Zoé>"
    assert page.one("th", scope="row").get("data-label") == "Nom"
    assert page.one("td").get("data-label") == "Km"
    assert all(row.get("role") == "row" for row in page.all("tr")), "stacked rows stay rows for readers"


def test_an_empty_table_gives_way_to_its_empty_state(render: Render) -> None:
    html = _table(render, [])
    assert "RIEN" in html
    assert "<table" not in html


@pytest.mark.parametrize(
    ("sort", "state", "link"),
    [(None, "", "?q=a&sort=km"), ("km", "ascending", "?q=a&sort=-km"), ("-km", "descending", "?q=a&sort=km")],
)
def test_a_heading_sorts_then_turns_round_and_forgets_the_page(
    render: Render, sort: str | None, state: str, link: str
) -> None:
    page = Page(_table(render, [{"name": "Zoé", "km": 3}], at="/liste?q=a&page=7&sort=name", sort=sort))
    heading = next(th for th in page.all("th") if th.get("scope") == "col" and th.text == "Km")
    assert heading.get("aria-sort") == state
    assert next(a for a in page.all("a") if heading in a.parents).get("href") == link


@pytest.mark.parametrize(
    ("number", "pages", "shown"),
    [
        (1, 1, []),
        (1, 2, ["1", "2", "Suivante"]),
        (2, 2, ["Précédente", "1", "2"]),
        (5, 9, ["Précédente", "1", "…", "4", "5", "6", "…", "9", "Suivante"]),
    ],
)
def test_the_pages_around_the_present_one_are_offered(
    render: Render, number: int, pages: int, shown: list[str]
) -> None:
    page = Page(
        render(
            '{% from "components/pagination.html" import pagination %}{{ pagination(page) }}',
            page=ListPage([], number=number, per_page=1, total=pages),
        )
    )
    assert [li.text.replace("page ", "").strip() for li in page.all("li")] == shown


def test_hostile_arguments_of_the_address_stay_arguments(render: Render) -> None:
    hostile = "/liste?_scheme=ftp&endpoint=x&_external=1&q=%22%3E%3Cb%3E&q=2"
    link = Page(_table(render, [{"name": "Z", "km": 1}], at=hostile, total=9)).one("a", rel="next").get("href")
    assert link == "?_scheme=ftp&endpoint=x&_external=1&q=%22%3E%3Cb%3E&q=2&page=2"


def test_a_refused_form_links_each_error_to_its_field(site: Flask) -> None:
    source = """{% from "components/form.html" import form_open, field, form_close %}
    {{ form_open(form) }}{% for f in form if f.name != 'refused-once' %}{{ field(f) }}{% endfor %}{{ form_close() }}"""
    with site.test_request_context("/"):
        page = Page(site.jinja_env.from_string(source).render(form=_refused_form()))
    summary = next(div for div in page.all("div") if div.get("class") == "error-summary")
    assert summary.get("tabindex") == "-1"
    assert "autofocus" in summary.attributes
    assert "Il y a 7 points à corriger" in summary.text
    assert "vient d’être réservé" in summary.text
    for link in page.all("a"):
        if summary in link.parents:
            page.by_id(link.get("href").removeprefix("#"))
    wrong = page.by_id("refused-deposit_cents")
    assert wrong.get("aria-invalid") == "true"
    assert wrong.get("value") == "beaucoup", "what was typed stays"
    assert "Écrivez un montant" in page.by_id(wrong.get("aria-describedby")).text
    day = page.by_id("refused-starts_on")
    assert (day.get("type"), day.get("value")) == ("text", "31/02/2026"), "a browser would empty a date field"
    assert day.get("aria-describedby") == "refused-starts_on-hint refused-starts_on-error"
    right = page.by_id("refused-phone")
    assert "aria-invalid" not in right.attributes
    group = page.by_id("refused-need")
    assert group.tag == "fieldset"
    assert "refused-need-error" in group.get("aria-describedby").split()


def test_a_fresh_form_has_its_key_marks_the_optional_and_sends_files(site: Flask) -> None:
    source = """{% from "components/form.html" import form_open, field, form_close %}
    {{ form_open(form) }}{% for f in form if f.name != 'once' %}{{ field(f) }}{% endfor %}{{ form_close() }}"""
    with site.test_request_context("/"):
        form = SampleForm(formdata=None)
        page = Page(site.jinja_env.from_string(source).render(form=form))
    opened = page.one("form")
    assert opened.get("enctype") == "multipart/form-data"
    assert "novalidate" in opened.attributes
    assert page.one("input", name="once").get("value") == form.once.data
    assert "(facultatif)" in page.one("label", for_="phone").text
    assert "(facultatif)" not in page.one("label", for_="name").text
    assert [i.get("value") for i in page.all("input", type="radio", name="need")] == ["car", "moped", "ebike"]
    assert page.one("input", id="starts_on").get("type") == "date"
    assert page.one("input", id="deposit_cents").get("inputmode") == "decimal"
    assert not page.all("div", class_="error-summary")


def test_options_of_a_field_reach_the_input_and_keep_the_form_s_own(site: Flask) -> None:
    source = """{% from "components/form.html" import field %}
    {{ field(form.odometer_km, suffix='km', autocomplete='off', attrs={'hx-get': '/x'}) }}
    {{ field(form.need, icons={'car': 'car-front'}, hints={'car': 'Avec le permis B'}) }}"""
    with site.test_request_context("/"):
        page = Page(site.jinja_env.from_string(source).render(form=SampleForm(data={"need": "car"}, formdata=None)))
    km = page.by_id("odometer_km")
    assert (km.get("autocomplete"), km.get("hx-get"), km.get("inputmode")) == ("off", "/x", "numeric")
    checked = [i for i in page.all("input", type="radio") if "checked" in i.attributes]
    assert [i.get("value") for i in checked] == ["car"]
    assert "Avec le permis B" in page.one("fieldset").text


def test_a_summary_says_what_is_missing_but_shows_a_zero(render: Render) -> None:
    page = Page(
        render(
            '{% from "components/summary_list.html" import summary_list %}{{ summary_list(items) }}',
            items=[("Adresse", None), ("Nom", "<b>", "/x", "Modifier"), ("Retards", 0), ("Note", "")],
        )
    )
    assert [dd.text for dd in page.all("dd")] == ["Non renseigné", "<b>", "Modifier : Nom", "0", "Non renseigné"]


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Nadia Benali", "NB"), ("zoé", "Z"), ("Jean de la Tour", "JT"), ("", "?"), ("  ", "?"), ("🚲 b", "🚲B")],
)
def test_a_chip_shows_initials_whatever_the_name(render: Render, name: str, initials: str) -> None:
    html = render('{% from "components/person_chip.html" import person_chip %}{{ person_chip(name) }}', name=name)
    assert next(s for s in Page(html).all("span") if s.get("class") == "initials").text == initials


def test_a_chart_is_its_own_table_and_never_leaves_its_frame(render: Render) -> None:
    rows = [
        {"label": "Denain", "value": 30},
        {"label": "Caudry", "value": 90, "text": "90 prêts"},
        {"label": "Somain", "value": -5},
    ]
    source = (
        '{% from "components/bar_chart.html" import bar_chart %}{{ bar_chart("Prêts", rows, "Antenne", "Prêts", 60) }}'
    )
    page = Page(render(source, rows=rows))
    assert [r.get("width") for r in page.all("rect", class_="bar")] == ["50.0%", "100%", "0%"]
    assert [td.text for td in page.all("td", class_="bar-value")] == ["30", "90 prêts", "-5"]
    assert Page(render(source, rows=[])).one("caption").text == "Prêts"
    assert (
        Page(render(source.replace(", 60", ""), rows=[{"label": "a", "value": 0}]))
        .one("rect", class_="bar")
        .get("width")
        == "0%"
    )


def test_the_calendar_says_each_day_in_words_and_hides_idle_weeks_on_phones(render: Render) -> None:
    def day(number: int, state: str, **more: str) -> SimpleNamespace:
        return SimpleNamespace(date=date(2026, 11, number), state=state, **more)

    weeks = [
        [None] * 6 + [day(1, "off")],
        [day(2, "gap", url="/agir"), day(3, "covered", carrier="Prêt"), *[None] * 4, day(8, "off", label="Férié")],
    ]
    page = Page(
        render(
            '{% from "components/coverage_calendar.html" import coverage_calendar %}'
            '{{ coverage_calendar(weeks, "novembre 2026", today) }}',
            weeks=weeks,
            today=date(2026, 11, 3),
        )
    )
    first, second = page.all("tr")[1:]
    assert first.get("class") == "is-idle"
    assert second.get("class") == ""
    cells = [" ".join(td.text.split()) for td in page.all("td") if td.text.strip()]
    assert cells == ["dim. 1 Repos", "lun. 2 Sans solution", "mar. 3 Couvert Prêt", "dim. 8 Férié"]
    assert page.one("a").get("href") == "/agir"
    assert "mar. 3" in " ".join(page.one("td", aria_current="date").text.split())


def test_the_planning_places_bars_in_percent_and_clips_them_to_the_window(render: Render) -> None:
    def at(day: int, hour: int = 0) -> datetime:
        return datetime(2026, 6, day, hour, tzinfo=UTC)

    def bar(label: str, start: datetime, end: datetime) -> dict[str, object]:
        return {"label": label, "text": "Prêt", "tone": "accent", "url": "/p", "starts_at": start, "ends_at": end}

    rows = [
        {"name": "Clio", "url": "/v/1", "detail": "Denain", "bars": [
            bar("avant et dedans", at(1), at(11)), bar("dehors", at(1), at(2)), bar("une nuit", at(19, 12), at(20)),
        ]},
        {"name": "Vélo", "url": None, "detail": "", "bars": []},
    ]  # fmt: skip
    page = Page(
        render(
            '{% from "components/planning_grid.html" import planning_grid %}'
            '{{ planning_grid("Planning", days, rows, start, end, days[0], [days[6]]) }}',
            days=[date(2026, 6, n) for n in range(10, 20)],
            rows=rows,
            start=at(10),
            end=at(20),
        )
    )
    bars = [(s.get("x"), s.get("width")) for s in page.all("svg") if s.get("x")]
    assert bars == [("0.0%", "10.0%"), ("95.0%", "5.0%")]
    drawn = [a.get("aria-label") for a in page.all("a") if a.get("aria-label")]
    assert drawn[0].startswith("Prêt : avant et dedans, du lundi 1er juin")
    written = " ".join(page.all("table")[1].text.split())
    assert "dehors" in written, "the table tells all that was given"
    assert "VéloLibre" in written


def test_a_menu_item_that_acts_is_a_form_with_the_token(render: Render) -> None:
    items = [{"label": "Imprimer", "url": "/i"}, {"label": "Rejouer", "url": "/r", "post": True, "danger": True}]
    source = '{% from "components/action_menu.html" import action_menu %}{{ action_menu(items) }}'
    page = Page(render(source, items=items))
    assert page.one("a").get("href") == "/i"
    assert page.one("form").get("action") == "/r"
    assert page.one("input", name="csrf_token").get("value") == "t0ken"
    assert render(source, items=[]).strip() == ""


def test_a_confirmation_works_without_a_script_and_without_a_form_object(render: Render) -> None:
    source = """{% from "components/confirm.html" import confirm %}
    {% call confirm('Supprimer ?', '/x', 'Supprimer', cancel=('Garder', '/y')) %}<p>Sûr ?</p>{% endcall %}"""
    page = Page(render(source))
    assert page.one("form").get("method") == "post"
    assert page.one("button").get("type") == "submit"
    assert page.one("a").get("href") == "/y"


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((24, 8), (24, 17), "mardi 24 novembre, de 9 h à 18 h"),
        ((24, 8), (26, 17), "du mardi 24 novembre à 9 h au jeudi 26 novembre à 18 h"),
    ],
)
def test_a_period_says_the_day_once_when_it_is_the_same(
    render: Render, start: tuple[int, int], end: tuple[int, int], text: str
) -> None:
    html = render(
        '{% from "components/date.html" import period %}<p>{{ period(start, end) }}</p>',
        start=datetime(2026, 11, *start, tzinfo=UTC),
        end=datetime(2026, 11, *end, tzinfo=UTC),
    )
    assert Page(html).one("p").text.replace("\u00a0", " ").replace(" 2026", "") == text


def test_an_email_of_the_layout_is_whole_and_escaped(render: Render) -> None:
    source = """{% extends "emails/_layout.html" %}{% from "emails/_parts.html" import button, facts %}
    {% block subject %}Votre retour{% endblock %}
    {% block content %}<p>{{ name }}</p>{{ facts([('Où', 'Denain')]) }}{{ button('Voir', 'https://x.example/?a=1&b=2') }}{% endblock %}"""
    page = Page(render(source, name="<script>"))
    assert page.one("title").text == "Votre retour"
    assert not page.all("script")
    assert page.one("a").get("href") == "https://x.example/?a=1&b=2"
    assert not page.all("img"), "nothing follows who reads"
