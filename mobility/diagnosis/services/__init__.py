"""The use cases of diagnoses."""

from mobility.diagnosis.services.answering import Saved, override, save
from mobility.diagnosis.services.life import abandon, finish, invite, prepared, reopen, start, start_alone

__all__ = [
    "Saved",
    "abandon",
    "finish",
    "invite",
    "override",
    "prepared",
    "reopen",
    "save",
    "start",
    "start_alone",
]
