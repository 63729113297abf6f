"""The use cases of prescriptions. What happens in the agenda is followed by ``follow_visit``."""

from mobility.prescriptions.services.files import accept, facts_of, matches_of
from mobility.prescriptions.services.following import follow_desk
from mobility.prescriptions.services.inbox import (
    assign,
    close,
    refuse,
    reopen,
    transfer,
)
from mobility.prescriptions.services.intake import (
    Intake,
    Origin,
    check_prescriber,
    forget_drafts,
    lock_draft,
    save_draft,
    send,
)
from mobility.prescriptions.services.links import check_link, make_link, revoke_link
from mobility.prescriptions.services.meetings import (
    book_for,
    book_meeting,
    follow_visit,
    invite,
    start,
    unbook_meeting,
)
from mobility.prescriptions.services.questions import answer, ask, is_answerable, resume
from mobility.prescriptions.services.referents import ReferentDetails, add_referent, change_referent, end_referent
from mobility.prescriptions.services.reminders import remind
from mobility.prescriptions.services.routing import desk_or_nearest, nearest_desk, outside_choices
from mobility.prescriptions.services.throttle import check_rate, forget_senders

__all__ = [
    "Intake",
    "Origin",
    "ReferentDetails",
    "accept",
    "add_referent",
    "answer",
    "ask",
    "assign",
    "book_for",
    "book_meeting",
    "change_referent",
    "check_link",
    "check_prescriber",
    "check_rate",
    "close",
    "desk_or_nearest",
    "end_referent",
    "facts_of",
    "follow_desk",
    "follow_visit",
    "forget_drafts",
    "forget_senders",
    "invite",
    "is_answerable",
    "lock_draft",
    "make_link",
    "matches_of",
    "nearest_desk",
    "outside_choices",
    "refuse",
    "remind",
    "reopen",
    "resume",
    "revoke_link",
    "save_draft",
    "send",
    "start",
    "transfer",
    "unbook_meeting",
]
