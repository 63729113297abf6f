"""Who may touch which file, role by role; lists follow the same rule."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.identity import Identity
from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.core.web.access import Permission, may_touch
from mobility.people import services
from mobility.people.access import may_touch as answer
from mobility.people.access import visible_persons
from mobility.people.models import Person
from tests.factories.accounts import make_actor
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person

P = Permission
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
STAFF_ROLES = [Role.ADVISER, Role.MANAGER]
OTHER_ROLES = [Role.FLEET_OFFICER, Role.PRESCRIBER, Role.GARAGE, Role.FUNDER, Role.AUDITOR, Role.ADMINISTRATOR]


@pytest.fixture
def files(app: Flask) -> SimpleNamespace:
    here, there = make_desk(), make_desk()
    named, referent, chief = make_adviser(here), make_adviser(there), make_adviser(here, role=Role.MANAGER)
    erased, merged, kept = make_person(desk=here), make_person(desk=here), make_person(desk=there)
    services.erase_person(person_id=erased.id, actor_id=None, now=NOW)
    services.merge_persons(kept_id=kept.id, merged_id=merged.id, actor_id=chief.id, now=NOW)
    return SimpleNamespace(
        here=here,
        there=there,
        named=named,
        referent=referent,
        chief=chief,
        open=make_person(desk=here),
        far=make_person(desk=there),
        followed=make_person(desk=here, referent_user_id=referent.id),
        protected=make_person(desk=here, protected_for=[named]),
        archived=make_person(desk=here, archived=True),
        erased=erased,
        merged=merged,
        kept=kept,
    )


TABLE = [
    # who, file, permission, may
    ("adviser", "open", P.PERSON_VIEW, True),
    ("adviser", "open", P.PERSON_EDIT, True),
    ("adviser", "far", P.PERSON_VIEW, False),
    ("adviser", "protected", P.PERSON_VIEW, False),
    ("adviser", "archived", P.PERSON_VIEW, False),
    ("adviser", "erased", P.PERSON_VIEW, False),
    ("adviser", "merged", P.PERSON_VIEW, False),
    ("adviser", "open", P.RIGHTS_MANAGE, False),
    ("named", "protected", P.PERSON_VIEW, True),
    ("named", "protected", P.PERSON_EDIT, True),
    ("named", "protected", P.LOAN_BOOK, True),
    ("named", "protected", P.RETENTION_MANAGE, False),
    ("named", "open", P.PERSON_VIEW, True),
    ("referent", "followed", P.PERSON_VIEW, True),
    ("referent", "open", P.PERSON_VIEW, False),
    ("referent", "merged", P.PERSON_VIEW, True),
    ("referent", "kept", P.PERSON_VIEW, True),
    ("chief", "open", P.PERSON_VIEW, True),
    ("chief", "open", P.RIGHTS_MANAGE, True),
    ("chief", "far", P.PERSON_VIEW, False),
    ("chief", "protected", P.PERSON_VIEW, False),
    ("chief", "protected", P.RIGHTS_MANAGE, False),
    ("chief", "archived", P.PERSON_VIEW, True),
    ("chief", "archived", P.RETENTION_MANAGE, True),
    ("chief", "archived", P.PERSON_EDIT, False),
    ("chief", "erased", P.RIGHTS_MANAGE, False),
    ("fleet", "open", P.PERSON_VIEW, False),
    ("fleet", "open", P.LOAN_VIEW, True),
    ("fleet", "protected", P.LOAN_VIEW, False),
    ("auditor", "open", P.PERSON_VIEW, False),
    ("auditor", "open", P.AUDIT_VIEW, True),
    ("auditor", "protected", P.AUDIT_VIEW, False),
    ("admin", "open", P.PERSON_VIEW, False),
    ("admin", "open", P.AUDIT_VIEW, False),
    ("herself", "open", P.PORTAL_OWN_DATA, True),
    ("herself", "open", P.PORTAL_BOOK, True),
    ("herself", "open", P.PERSON_VIEW, False),
    ("herself", "far", P.PORTAL_OWN_DATA, False),
    ("protected_self", "protected", P.PORTAL_OWN_DATA, True),
    ("erased_self", "erased", P.PORTAL_OWN_DATA, False),
    ("merged_self", "merged", P.PORTAL_OWN_DATA, True),
    ("staff_and_herself", "far", P.PERSON_EDIT, False),
    ("nobody", "open", P.PERSON_VIEW, False),
]


def actors(files: Any) -> dict[str, Identity]:
    here = files.here.id
    return {
        "adviser": make_actor(Role.ADVISER, desk_id=here),
        "named": make_actor(Role.ADVISER, desk_id=here, user_id=files.named.id),
        "referent": make_actor(Role.ADVISER, desk_id=files.there.id, user_id=files.referent.id),
        "chief": make_actor(Role.MANAGER, desk_id=here, user_id=files.chief.id),
        "fleet": make_actor(Role.FLEET_OFFICER, desk_id=here),
        "auditor": make_actor(Role.AUDITOR),
        "admin": make_actor(Role.ADMINISTRATOR),
        "herself": make_actor(None, person_id=files.open.id),
        "protected_self": make_actor(None, person_id=files.protected.id),
        "erased_self": make_actor(None, person_id=files.erased.id),
        "merged_self": make_actor(None, person_id=files.kept.id),
        "staff_and_herself": make_actor(Role.ADVISER, desk_id=here, person_id=files.far.id),
        "nobody": make_actor(None),
    }


def test_the_table_of_access_holds(files: Any) -> None:
    wrong = [
        (who, which, permission)
        for who, which, permission, may in TABLE
        if answer(actors(files)[who], permission, getattr(files, which).id) is not may
    ]
    assert wrong == []


@pytest.mark.parametrize("role", [*STAFF_ROLES, *OTHER_ROLES])
def test_no_role_as_such_opens_a_protected_file(files: Any, role: Role) -> None:
    who = make_actor(role, desk_id=files.here.id)
    assert not any(answer(who, permission, files.protected.id) for permission in P)


def test_an_integration_sees_no_protected_file_even_if_its_user_is_named(files: Any) -> None:
    from mobility.accounts.identity import TokenActor

    token = TokenActor(user_id=files.named.id, token_id=1, name="x", scopes=frozenset({"people:read"}), only_desks=None)
    assert answer(token, P.PERSON_VIEW, files.open.id)
    assert not answer(token, P.PERSON_VIEW, files.protected.id)
    assert files.protected.id not in listed(token)


@pytest.mark.parametrize("identity", [-1, 0, 10**6, 2**31, 2**63, 10**30])
def test_an_unknown_file_is_as_closed_as_another_s(files: Any, identity: int) -> None:
    assert not may_touch(actors(files)["chief"], P.PERSON_VIEW, "person", identity)
    with pytest.raises(NotFound):
        answer(actors(files)["chief"], P.PERSON_VIEW, identity)


def listed(who: Any, permission: P = P.PERSON_VIEW) -> set[int]:
    return set(db.session.scalars(select(Person.id).where(visible_persons(who, permission))))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("adviser", {"open", "followed"}),
        ("named", {"open", "followed", "protected"}),
        ("referent", {"far", "kept", "followed"}),
        ("chief", {"open", "followed"}),
        ("fleet", set()),
        ("auditor", set()),
        ("admin", set()),
        ("herself", set()),
        ("nobody", set()),
    ],
)
def test_lists_show_what_may_be_opened_and_stands(files: Any, who: str, expected: set[str]) -> None:
    assert listed(actors(files)[who]) == {getattr(files, name).id for name in expected}


def test_what_a_list_shows_may_be_opened(files: Any) -> None:
    for who in actors(files).values():
        for permission in (P.PERSON_VIEW, P.PERSON_EDIT, P.LOAN_VIEW, P.CONTACT_NOTE):
            assert all(answer(who, permission, person_id) for person_id in listed(who, permission))
