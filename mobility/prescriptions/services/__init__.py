"""The use cases of prescriptions. The agenda calls ``book_meeting``, ``unbook_meeting`` and ``start``."""

from mobility.prescriptions.services.files import accept, facts_of, matches_of
from mobility.prescriptions.services.inbox import (
    assign,
    book_meeting,
    close,
    may_tell_details,
    refuse,
    start,
    transfer,
    unbook_meeting,
)
from mobility.prescriptions.services.intake import (
    Intake,
    Origin,
    check_prescriber,
    forget_drafts,
    lock_draft,
    nearest_desk,
    save_draft,
    send,
)
from mobility.prescriptions.services.links import check_link, make_link, revoke_link
from mobility.prescriptions.services.questions import answer, ask, is_answerable, resume
from mobility.prescriptions.services.reminders import remind
from mobility.prescriptions.services.throttle import check_rate, forget_senders

__all__ = [
    "Intake",
    "Origin",
    "accept",
    "answer",
    "ask",
    "assign",
    "book_meeting",
    "check_link",
    "check_prescriber",
    "check_rate",
    "close",
    "facts_of",
    "forget_drafts",
    "forget_senders",
    "is_answerable",
    "lock_draft",
    "make_link",
    "matches_of",
    "may_tell_details",
    "nearest_desk",
    "refuse",
    "remind",
    "resume",
    "revoke_link",
    "save_draft",
    "send",
    "start",
    "transfer",
    "unbook_meeting",
]
