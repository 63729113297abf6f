"""Every component at once, in the three shells."""

from __future__ import annotations

from itertools import pairwise

import pytest
from flask import Flask

from mobility.core.web.handlers import PAGES
from tests.unit.frontend.page import Page

SHELLS = ("plain", "desk", "portal")


def _page(site: Flask, address: str) -> Page:
    answer = site.test_client().get(address)
    assert answer.status_code == 200
    return Page(answer.text)


@pytest.fixture(params=SHELLS)
def page(site: Flask, request: pytest.FixtureRequest) -> Page:
    return _page(site, f"/_styleguide?shell={request.param}&flash=1")


def test_the_page_has_one_of_each_landmark_and_one_h1(page: Page) -> None:
    assert page.one("main").get("id") == "contenu"
    assert page.one("h1").text == "Guide de style"
    assert len([header for header in page.all("header") if header.get("class") == "site-header"]) == 1
    assert page.one("footer")
    assert page.all("a")[0].get("href") == "#contenu", "the first link skips to the content"


def test_no_element_carries_what_the_csp_refuses(page: Page) -> None:
    for element in page.elements:
        assert "style" not in element.attributes
        assert not [name for name in element.attributes if name.startswith("on")]
        if element.tag == "script":
            assert element.get("nonce")


def test_no_id_stands_twice_and_every_reference_finds_its_element(page: Page) -> None:
    ids = [element.get("id") for element in page.elements if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            for target in element.get(name).split():
                assert target in ids, f"{name}={target} on <{element.tag}>"


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(element.tag[1]) for element in page.elements if element.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}]
    main = levels[levels.index(1) :]
    assert all(after - before <= 1 for before, after in pairwise(main))


def test_the_four_flashed_messages_say_their_tone_in_words(page: Page) -> None:
    flashes = next(element for element in page.all("div") if element.get("class") == "flashes")
    assert all(word in flashes.text for word in ("Réussi", "Information", "Attention", "Problème"))


def test_the_desk_keeps_the_order_of_its_entries_and_their_groups(site: Flask) -> None:
    page = _page(site, "/_styleguide?shell=desk")
    links = [a.text for a in page.all("a") if any("desk-nav" in p.get("class").split() for p in a.parents)]
    assert links == ["Accueil", "Prêts", "Comptes"]
    groups = [p.text for p in page.all("p") if p.get("class") == "desk-nav-group"]
    assert groups == ["Zone de prêt", "Administrer"]
    assert [a.text for a in page.all("a", aria_current="page")] == ["Prêts"]
    assert page.one("input", type="search", id="recherche-globale").get("name") == "q"


def test_the_desk_does_without_a_search_where_there_is_none(site: Flask) -> None:
    site.jinja_env.globals["search_url"] = lambda: None
    page = _page(site, "/_styleguide?shell=desk")
    assert not page.all("input", id="recherche-globale")


def test_signing_out_is_a_post_with_the_token(site: Flask) -> None:
    page = _page(site, "/_styleguide?shell=portal")
    form = page.one("form", action="/deconnexion")
    assert form.get("method") == "post"
    assert [i for i in page.all("input", name="csrf_token", value="t0ken") if form in i.parents]


def test_listening_is_hidden_until_the_script_finds_a_voice(site: Flask) -> None:
    button = next(b for b in _page(site, "/_styleguide?shell=portal").all("button") if "data-listen" in b.attributes)
    assert "hidden" in button.attributes


@pytest.mark.parametrize("status", PAGES)
def test_an_error_page_stands_without_user_session_and_database(site: Flask, status: int) -> None:
    def nobody() -> None:
        raise AssertionError("an error page asked for the user")

    site.jinja_env.globals["nav_entries"] = lambda space: nobody()
    site.template_context_processors[None].pop()
    page = _page(site, f"/_styleguide/erreurs/{status}")
    assert page.one("h1").text
    assert "06 39 98 00 01" in page.one("main").text.replace("\u00a0", " ")
    if status == 500:
        assert not page.all("meta", name="csrf-token")


@pytest.mark.parametrize("address", ["/mentions-legales", "/donnees-personnelles", "/accessibilite"])
def test_a_legal_page_is_there_and_says_what_the_operator_left_out(site: Flask, address: str) -> None:
    page = _page(site, address)
    assert page.one("h1").text
    assert "<Hainaut>" in page.one("title").text, "the operator's name is escaped, not dropped"


def test_the_legal_notice_admits_that_no_host_is_named(site: Flask) -> None:
    assert "n’ont pas encore été renseignées" in _page(site, "/mentions-legales").one("main").text
    site.config["OPERATOR_HOSTING"] = "Hébergeur du Nord, 59000 Lille"
    assert "Hébergeur du Nord" in _page(site, "/mentions-legales").one("main").text
