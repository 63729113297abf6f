"""The accounts of the demo, and how to enter them without a phone at hand."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

import pyotp
from flask import current_app

from mobility.accounts.policy import ROLE_LABELS, Role

PASSWORD = "Demo-mobilite-59"  # noqa: S105 - printed for everybody on purpose, in demo mode only
DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that the start page of the demo offers."""

    email: str
    name: str
    role: Role
    place: str = ""

    @property
    def is_beneficiary(self) -> bool:
        """Tell whether it signs in by a code and not by a password."""
        return self.role is Role.BENEFICIARY

    @property
    def label(self) -> str:
        """Return the role and the place in French."""
        return ROLE_LABELS[self.role] + (f" – {self.place}" if self.place else "")

    def __str__(self) -> str:
        """Return the line that ``make run`` prints."""
        how = "code by e-mail, shown in the message box" if self.is_beneficiary else f"password {PASSWORD}"
        return f"{self.email:<38} {how:<44} {self.label}"


DESKS = ("Valenciennes", "Denain", "Caudry")
ADVISERS = {
    "Valenciennes": ("Alix Carpentier", "Samuel Mercier", "Hélène Wartel"),
    "Denain": ("Marion Delattre", "Karim Belkacem", "Sophie Lenglet"),
    "Caudry": ("Théo Bricout", "Assia Ferhat", "Julie Cauchy"),
}
MANAGERS = {"Valenciennes": "Claire Dewailly", "Denain": "Olivier Hornez", "Caudry": "Nathalie Sorriaux"}
OFFICERS = {"Valenciennes": "Bruno Lasselin", "Denain": "Yann Moity", "Caudry": "Sabine Trelcat"}


def slug(name: str) -> str:
    """Return a name as it stands in an address."""
    plain = name.lower().translate(str.maketrans("éèêëàâîïôöûüç’ ", "eeeeaaiioouuc-."))
    return "".join(c for c in plain if c.isalnum() or c in ".-")


def staff() -> list[DemoAccount]:
    """Return the demo's staff and partners."""
    found = []
    for desk in DESKS:
        found += [DemoAccount(f"{slug(name)}@{DOMAIN}", name, Role.ADVISER, desk) for name in ADVISERS[desk]]
        found.append(DemoAccount(f"{slug(MANAGERS[desk])}@{DOMAIN}", MANAGERS[desk], Role.MANAGER, desk))
        found.append(DemoAccount(f"{slug(OFFICERS[desk])}@{DOMAIN}", OFFICERS[desk], Role.FLEET_OFFICER, desk))
    found += [
        DemoAccount(f"administration@{DOMAIN}", "Dominique Admin", Role.ADMINISTRATOR),
        DemoAccount(f"controle@{DOMAIN}", "Pascale Contrôle", Role.AUDITOR),
        DemoAccount(
            f"prescripteur@{DOMAIN}", "Laurent Prescripteur", Role.PRESCRIBER, "Mission locale du Valenciennois"
        ),
        DemoAccount(f"garage@{DOMAIN}", "Michel Garage", Role.GARAGE, "Garage solidaire de Denain"),
        DemoAccount(f"financeur@{DOMAIN}", "Anne Financeur", Role.FUNDER, "Département du Nord"),
    ]
    return found


HEROINE = DemoAccount(f"nadia.lefevre@{DOMAIN}", "Nadia Lefèvre", Role.BENEFICIARY, "Denain")


def accounts() -> list[DemoAccount]:
    """Return one account of each role, for the list that is shown."""
    shown: dict[Role, DemoAccount] = {}
    for account in staff():
        if account.place in {"", "Denain"} or account.role not in shown:
            shown.setdefault(account.role, account)
    chosen = {account.role: account for account in staff() if account.place == "Denain"}
    return [HEROINE, *(chosen.get(role, account) for role, account in shown.items())]


def totp_secret(email: str) -> str:
    """Return the second factor's secret of a demo account: of this installation, always the same."""
    key = f"demo:{current_app.config['SECRET_KEY']}:{email}".encode()
    return base64.b32encode(hashlib.sha256(key).digest()[:20]).decode()


def present_code(email: str, *, now: datetime) -> str:
    """Return the code that the account's authenticator app would show now."""
    return pyotp.TOTP(totp_secret(email)).at(now)
