"""The one table of who may do what. What is not written here is refused.

A grant is a role × desk or organisation (or everywhere, for those roles that make sense so). The
table answers "may this role ever do that?"; whether it may on one very row is answered by the
room that owns the row (``register_row``).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mobility.core.web.access import Permission as P  # noqa: N817  # the table below is read by its columns


class Role(StrEnum):
    """What somebody is for the platform."""

    BENEFICIARY = "beneficiary"
    ADVISER = "adviser"
    MANAGER = "manager"
    FLEET_OFFICER = "fleet_officer"
    PRESCRIBER = "prescriber"
    GARAGE = "garage"
    FUNDER = "funder"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_LABELS: Final[Mapping[Role, str]] = {
    Role.BENEFICIARY: "personne accompagnée",
    Role.ADVISER: "conseiller ou conseillère",
    Role.MANAGER: "responsable d’antenne",
    Role.FLEET_OFFICER: "responsable du parc",
    Role.PRESCRIBER: "prescripteur",
    Role.GARAGE: "garage solidaire",
    Role.FUNDER: "financeur",
    Role.AUDITOR: "contrôle (lecture seule)",
    Role.ADMINISTRATOR: "administration",
}

STAFF: Final = frozenset({Role.ADVISER, Role.MANAGER, Role.FLEET_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR})
DESK_ROLES: Final = frozenset({Role.ADVISER, Role.MANAGER, Role.FLEET_OFFICER})
ORGANISATION_ROLES: Final = frozenset({Role.PRESCRIBER, Role.GARAGE, Role.FUNDER})
GLOBAL_ROLES: Final = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
GRANTABLE: Final = tuple(role for role in Role if role is not Role.BENEFICIARY)

_EVERYBODY = frozenset(Role)
_TEAM = frozenset({Role.ADVISER, Role.MANAGER})
_DESK = _TEAM | {Role.FLEET_OFFICER}
_MANAGER = frozenset({Role.MANAGER})
_ADMIN = frozenset({Role.ADMINISTRATOR})
_SELF = frozenset({Role.BENEFICIARY})
# Reads what can be checked (vehicles, loans, partners, settings, logs) and never a person's file, which tells more.
_AUDIT = frozenset({Role.AUDITOR})

POLICY: Final[Mapping[P, frozenset[Role]]] = {
    P.ACCOUNT_OWN: _EVERYBODY,
    P.STAFF_HOME: STAFF,
    P.TODO_VIEW: _DESK,
    P.TODO_TEAM: _MANAGER,
    P.USERS_MANAGE: _ADMIN,
    P.TOKENS_MANAGE: _ADMIN,
    P.AUDIT_VIEW: frozenset({Role.MANAGER, Role.AUDITOR}),
    P.JOBS_VIEW: _ADMIN | {Role.AUDITOR},
    P.JOBS_RUN: _ADMIN,
    P.OUTBOX_VIEW: _TEAM | _ADMIN,
    P.OUTBOX_RETRY: _MANAGER | _ADMIN,
    P.DESK_VIEW: STAFF,
    P.DESK_MANAGE: _MANAGER | _ADMIN,
    P.ORGANISATION_VIEW: _DESK | _ADMIN | _AUDIT,
    P.ORGANISATION_MANAGE: _MANAGER | _ADMIN,
    P.FIGURES_VIEW: frozenset({Role.FUNDER}),
    P.PARAMETER_VIEW: _MANAGER | _ADMIN | {Role.AUDITOR},
    P.PARAMETER_MANAGE: _ADMIN,
    P.DOCUMENT_VIEW: _DESK | _SELF,
    P.DOCUMENT_ADD: _TEAM,
    P.FLEET_VIEW: _DESK | _AUDIT,
    P.FLEET_MANAGE: frozenset({Role.FLEET_OFFICER, Role.MANAGER}),
    P.PERSON_SEARCH: _TEAM,
    P.PERSON_CREATE: _TEAM,
    P.PERSON_VIEW: _TEAM,
    P.PERSON_EDIT: _TEAM,
    P.PERSON_MERGE: _TEAM,
    P.PERSON_PROTECT: _TEAM,
    P.CONTACT_NOTE: _TEAM,
    P.RIGHTS_MANAGE: _MANAGER,
    P.RETENTION_MANAGE: _MANAGER,
    P.AGENDA_VIEW: _TEAM,
    P.AGENDA_BOOK: _TEAM,
    P.AGENDA_PLAN: _TEAM,
    P.MEETING_TYPE_MANAGE: _MANAGER | _ADMIN,
    P.DIAGNOSIS_VIEW: _TEAM,
    P.DIAGNOSIS_EDIT: _TEAM,
    P.CASELOAD_MANAGE: _MANAGER,
    P.PATHWAY_EDIT: _TEAM,
    P.PARTICIPATION_EDIT: _TEAM,
    P.COUNTS_MAKE: _MANAGER,
    P.PLAN_TEMPLATES: _MANAGER | _ADMIN,
    P.LOCAL_AIDS_MANAGE: _MANAGER | _ADMIN,
    P.MICROCREDIT_EDIT: _TEAM,
    P.MICROCREDIT_MANAGE: _MANAGER | _ADMIN,
    P.LEDGER_VIEW: _TEAM,
    P.ROADS_USE: _DESK | _ADMIN,
    P.CARPOOL_VIEW: _TEAM,
    P.CARPOOL_EDIT: _TEAM,
    P.CARPOOL_MANAGE: _MANAGER | _ADMIN,
    P.CARPOOL_OPERATORS: _ADMIN,
    P.LOAN_VIEW: _DESK | _AUDIT,
    P.LOAN_BOOK: _TEAM,
    P.LOAN_APPROVE: _TEAM,
    P.LOAN_HANDOVER: _DESK,
    P.LOAN_SETTLE: _TEAM,
    P.LOAN_OVERRIDE: _TEAM,
    P.LOAN_RIGHT_OPEN: _TEAM,
    P.LOAN_POLICY_MANAGE: _MANAGER | _ADMIN,
    P.DAY_BOARD_VIEW: _DESK,
    P.DAY_BOARD_CLOSE: _DESK,
    P.PRESCRIPTION_VIEW: _TEAM,
    P.PRESCRIPTION_HANDLE: _TEAM,
    P.PRESCRIPTION_LINKS: _MANAGER | _ADMIN,
    P.PRESCRIPTION_FIGURES: _MANAGER,
    P.PRESCRIPTION_OUTSIDE: _MANAGER | _ADMIN,
    P.PRESCRIPTION_SEND: frozenset({Role.PRESCRIBER}),
    P.PRESCRIBER_HOME: frozenset({Role.PRESCRIBER}),
    P.GARAGE_HOME: frozenset({Role.GARAGE}),
    P.PORTAL_VIEW: _SELF,
    P.PORTAL_BOOK: _SELF,
    P.PORTAL_OWN_DATA: _SELF,
}

# What a scope of an API token carries. An integration sees no protected file.
SCOPES: Final[Mapping[str, frozenset[P]]] = {
    "desks:read": frozenset({P.DESK_VIEW}),
    "fleet:read": frozenset({P.FLEET_VIEW}),
    "prescriptions:write": frozenset({P.PRESCRIPTION_SEND}),
    "people:read": frozenset({P.PERSON_SEARCH, P.PERSON_VIEW}),
    "roads:read": frozenset({P.ROADS_USE}),
    "carpool:match": frozenset({P.ROADS_USE}),
    "carpool:read": frozenset({P.CARPOOL_VIEW}),
    "carpool:write": frozenset({P.CARPOOL_EDIT, P.CARPOOL_VIEW}),
    "loans:read": frozenset({P.LOAN_VIEW}),
    "loans:write": frozenset({P.LOAN_BOOK, P.LOAN_APPROVE, P.LOAN_HANDOVER, P.LOAN_VIEW}),
}


def roles_with(permission: P) -> frozenset[Role]:
    """Return the roles that carry a permission; none for one that the table does not name."""
    return POLICY.get(permission, frozenset())
