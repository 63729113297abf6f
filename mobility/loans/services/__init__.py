"""The use cases of loans, one transaction each."""

from mobility.loans.services.appointments import move_pickup, move_return
from mobility.loans.services.booking import book
from mobility.loans.services.day import close_day
from mobility.loans.services.decisions import approve, cancel, mark_no_show, refuse
from mobility.loans.services.desk_moves import move_desk
from mobility.loans.services.extension import (
    confirm_return,
    decide_extension,
    extend,
    propose_new_ends,
    request_extension,
    withdraw_extension,
)
from mobility.loans.services.handover import contract, depart, return_vehicle
from mobility.loans.services.inspections import check_inspection
from mobility.loans.services.key_box import depart_alone, return_alone
from mobility.loans.services.money import record_payment, settle
from mobility.loans.services.policies import add_policy, withdraw_policy
from mobility.loans.services.reminders import queue_due_reminders
from mobility.loans.services.rights import close_right, open_right
from mobility.loans.services.vehicles import keep_late_vehicles, swap_vehicle

__all__ = [
    "add_policy",
    "approve",
    "book",
    "cancel",
    "check_inspection",
    "close_day",
    "close_right",
    "confirm_return",
    "contract",
    "decide_extension",
    "depart",
    "depart_alone",
    "extend",
    "keep_late_vehicles",
    "mark_no_show",
    "move_desk",
    "move_pickup",
    "move_return",
    "open_right",
    "propose_new_ends",
    "queue_due_reminders",
    "record_payment",
    "refuse",
    "request_extension",
    "return_alone",
    "return_vehicle",
    "settle",
    "swap_vehicle",
    "withdraw_extension",
    "withdraw_policy",
]
