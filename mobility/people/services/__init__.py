"""The use cases of people. Other rooms call ``touch`` (there was contact), ``check_may_sign`` and ``tell_staff``."""

from mobility.people.services.alerts import tell_staff
from mobility.people.services.contacts import (
    add_contact,
    change_contact,
    clear_second_secret,
    confirm_contact,
    make_card,
    remove_contact,
    revoke_card,
    set_preferences,
    set_second_secret,
)
from mobility.people.services.erasure import erase_person, reopen_person, restrict_person
from mobility.people.services.identity import (
    Address,
    Identity,
    create_person,
    edit_address,
    edit_identity,
    set_follow_up,
    touch,
)
from mobility.people.services.licences import (
    Licence,
    check_licence,
    give_consent,
    remove_licence,
    save_licence,
    withdraw_consent,
)
from mobility.people.services.merge import merge_persons
from mobility.people.services.notes import attach_note, call_back, hand_over, note_contact
from mobility.people.services.protection import protect, unprotect
from mobility.people.services.representatives import (
    Signatory,
    add_representative,
    check_may_sign,
    edit_representative,
    end_representative,
    reach_representative,
)
from mobility.people.services.rights import (
    extend_request,
    fulfil_request,
    note_export,
    open_request,
    refuse_request,
)

__all__ = [
    "Address",
    "Identity",
    "Licence",
    "Signatory",
    "add_contact",
    "add_representative",
    "attach_note",
    "call_back",
    "change_contact",
    "check_licence",
    "check_may_sign",
    "clear_second_secret",
    "confirm_contact",
    "create_person",
    "edit_address",
    "edit_identity",
    "edit_representative",
    "end_representative",
    "erase_person",
    "extend_request",
    "fulfil_request",
    "give_consent",
    "hand_over",
    "make_card",
    "merge_persons",
    "note_contact",
    "note_export",
    "open_request",
    "protect",
    "reach_representative",
    "refuse_request",
    "remove_contact",
    "remove_licence",
    "reopen_person",
    "restrict_person",
    "revoke_card",
    "save_licence",
    "set_follow_up",
    "set_preferences",
    "set_second_secret",
    "tell_staff",
    "touch",
    "unprotect",
    "withdraw_consent",
]
