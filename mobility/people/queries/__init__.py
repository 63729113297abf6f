"""What is read of people. The other rooms use ``get_person_card``, ``family_ids``, ``current_id``, ``search``."""

from mobility.people.queries.alerts import Alert
from mobility.people.queries.card import (
    ConsentCard,
    ContactCard,
    LicenceCard,
    PersonCard,
    RepresentativeCard,
    find_person_card,
    get_person_card,
)
from mobility.people.queries.duplicates import Match, Scope, find_duplicates
from mobility.people.queries.family import current_id, family_ids, names_of
from mobility.people.queries.lists import (
    Callback,
    RequestRow,
    RetentionRow,
    get_request,
    get_retention_run,
    list_callbacks,
    list_items,
    list_notes,
    list_open_requests,
    list_requests_of,
    list_retention_runs,
    team_of,
)
from mobility.people.queries.search import PersonRow, list_desk, search
from mobility.people.queries.signatories import Signatories, get_signatories

__all__ = [
    "Alert",
    "Callback",
    "ConsentCard",
    "ContactCard",
    "LicenceCard",
    "Match",
    "PersonCard",
    "PersonRow",
    "RepresentativeCard",
    "RequestRow",
    "RetentionRow",
    "Scope",
    "Signatories",
    "current_id",
    "family_ids",
    "find_duplicates",
    "find_person_card",
    "get_person_card",
    "get_request",
    "get_retention_run",
    "get_signatories",
    "list_callbacks",
    "list_desk",
    "list_items",
    "list_notes",
    "list_open_requests",
    "list_requests_of",
    "list_retention_runs",
    "names_of",
    "search",
    "team_of",
]
