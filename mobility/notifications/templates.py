"""The messages that exist: each a name, a French label, and sample values that a test renders it with.

A message is three files: ``templates/emails/<name>.txt`` (its first line is ``Objet : …``), ``.html``
(extends ``emails/_layout.html``) and ``.sms``. A room declares its own::

    declare("loan_reminder", "Rappel de retour", {"place": "Denain", "when": "mardi 24 novembre à 18 h"})

To a contact point that asks for neutral messages, the ``neutral`` template goes out in its place, with
the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DIGEST = "digest"
NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Template:
    """A message that can be sent. ``sample`` names every value that its files use."""

    name: str
    label: str
    sample: Mapping[str, Any]
    neutral: str = NEUTRAL
    # SMS that may take more than one part, with the reason beside the declaration.
    long_sms: bool = False


_templates: dict[str, Template] = {}


def declare(
    name: str, label: str, sample: Mapping[str, Any], *, neutral: str = NEUTRAL, long_sms: bool = False
) -> Template:
    """Make a template known. Declaring the same one again is fine; another one under its name is not."""
    template = Template(name, label, dict(sample), neutral, long_sms)
    known = _templates.get(name)
    if known is not None and known != template:
        raise RuntimeError(f"two messages are named {name}")
    _templates[name] = template
    return template


def get_template(name: str) -> Template:
    """Return a declared template. Raises LookupError."""
    try:
        return _templates[name]
    except KeyError:
        raise LookupError(f"no message is declared under the name {name}") from None


def find_label(name: str) -> str:
    """Return the French label of a template, or its name if no room declares it any more."""
    return _templates[name].label if name in _templates else name


def all_templates() -> tuple[Template, ...]:
    """Return the templates in order of their names."""
    return tuple(_templates[name] for name in sorted(_templates))


def check_params(name: str, params: Mapping[str, Any]) -> None:
    """Raise when a value that the template needs is missing: here, not at delivery."""
    missing = set(get_template(name).sample) - set(params)
    if missing:
        raise ValueError(f"the message {name} needs {', '.join(sorted(missing))}")


_LINK = "https://mobilite.example/connexion/lien/eyJwIjp7ImEiOjF9LCJlIjoxfQ.abcdefghijklmnop"

declare(NEUTRAL, "Message neutre", {})
declare("neutral_code", "Code, sans autre mot", {"code": "123 456"}, neutral="neutral_code")
declare("neutral_link", "Lien, sans autre mot", {"link": _LINK}, neutral="neutral_link")
declare(
    DIGEST,
    "Plusieurs messages en un",
    {
        "items": [
            {"subject": "Votre retour est prévu mardi", "text": "Rendez le véhicule à Denain.", "sms": "Retour mardi."},
            {"subject": "Votre demande est acceptée", "text": "Venez jeudi à 9 h.", "sms": "Demande acceptée."},
        ]
    },
    long_sms=True,  # it carries several messages
)
declare(
    "sign_in_code",
    "Code de connexion",
    {"code": "123 456", "link": _LINK, "minutes": 10},
    neutral="neutral_code",
)
declare("sign_in_link", "Lien de connexion", {"link": _LINK, "minutes": 30}, neutral="neutral_link")
declare(
    "staff_alert",
    "Alerte à l’équipe",
    {
        "title": "Un retour est en retard",
        "text": "Le retour prévu mardi à 18 h n’a pas eu lieu.",
        "url": "https://mobilite.example/prets/12",
    },
)
declare("password_reset", "Nouveau mot de passe", {"link": _LINK, "minutes": 60}, neutral="neutral_link")
declare("invitation", "Invitation d’un membre de l’équipe", {"name": "Alix Carpentier", "link": _LINK, "days": 7})
