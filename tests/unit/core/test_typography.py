from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from mobility.core.typography import typeset, typeset_html
from mobility.core.web.filters import whole_tail
from tests.conftest import plain_spaces

SENTENCES = (
    ("Téléphone : 03 27", "Téléphone\u00a0: 03 27"),
    ("Besoin d’aide ?", "Besoin d’aide\u202f?"),
    ("Bienvenue ! Entrez ; asseyez-vous.", "Bienvenue\u202f! Entrez\u202f; asseyez-vous."),
    ("Le bouton « Écouter » lit.", "Le bouton «\u00a0Écouter\u00a0» lit."),
    ("« Qui ? » : personne", "«\u00a0Qui\u202f?\u00a0»\u00a0: personne"),
    ("https://mobilite.example/l/abc?x=1;y", "https://mobilite.example/l/abc?x=1;y"),
    ("Au plus 33 % de 1 250 €.", "Au plus 33\u00a0% de 1 250\u00a0€."),
    ("En % : rien, 12 km", "En %\u00a0: rien, 12 km"),
    ("à 14:30, sans marque", "à 14:30, sans marque"),
    ("Déjà\u00a0: fait\u202f!", "Déjà\u00a0: fait\u202f!"),
    ("\n  : après une ligne", "\n  : après une ligne"),
    ("", ""),
)


@pytest.mark.parametrize(("written", "read"), SENTENCES)
def test_a_sentence_gets_the_spaces_of_french(written: str, read: str) -> None:
    assert typeset(written) == read
    assert typeset_html(f"<p>{written}</p>") == f"<p>{read}</p>"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('<a href="/x?a=1 ; b" title="Voir : tout">Voir : tout</a>', '<a href="/x?a=1 ; b" title="Voir : tout">Voir\u00a0: tout</a>'),
        ("<b>Denain</b> : fermé", "<b>Denain</b>\u00a0: fermé"),
        ("<textarea>Je viens : lundi ?</textarea> ?", "<textarea>Je viens : lundi ?</textarea>\u202f?"),
        ('<script nonce="x">a ? b : c</script><p>Oui ?</p>', '<script nonce="x">a ? b : c</script><p>Oui\u202f?</p>'),
        ("<code>{a : 1}</code> ou <KBD>: ;</KBD>", "<code>{a : 1}</code> ou <KBD>: ;</KBD>"),
        ('<input value="« Jean » : oui !"><p>« Jean »</p>', '<input value="« Jean » : oui !"><p>«\u00a0Jean\u00a0»</p>'),
        ("<option>Voiture : petite</option>", "<option>Voiture\u00a0: petite</option>"),
    ],
)  # fmt: skip
def test_markup_and_what_is_typed_stay_as_they_are(written: str, read: str) -> None:
    assert typeset_html(written) == read


PIECES = st.sampled_from(
    ["a", "é ", " ", " :", " ;", " ?", " !", "« ", " »", "<p>", "</p>", '<a title="b : c">', "</a>", "\n", "&lt;",
     "<textarea>", "</textarea>", "<script>", "</script>", "12", "<br>"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_typesetting_changes_nothing_but_spaces_and_is_done_once(page: str) -> None:
    done = typeset_html(page)
    assert len(done) == len(page)
    assert plain_spaces(done) == page
    assert typeset_html(done) == done


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Citroën C3 (GE-289-XY)", 'Citroën C3 <span class="text-nowrap">(GE-289-XY)</span>'),
        ("<b>C3</b> (GE-289-XY)", '&lt;b&gt;C3&lt;/b&gt; <span class="text-nowrap">(GE-289-XY)</span>'),
        ("C3 (<i>x</i>)", 'C3 <span class="text-nowrap">(&lt;i&gt;x&lt;/i&gt;)</span>'),
        ("<i>C3</i>", "&lt;i&gt;C3&lt;/i&gt;"),
        (f"C3 ({'x' * 30})", f"C3 ({'x' * 30})"),
    ],
)
def test_a_plate_never_breaks_at_its_hyphens(name: str, shown: str) -> None:
    assert str(escape(whole_tail(name))) == shown
