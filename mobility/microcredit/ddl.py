"""What only the database can promise of a loan: no jump between states, no instalment or payment rewritten.

The pairs of states are those of ``rules.states.DOSSIERS``. Instalments change in one thing (a new plan replaces them),
payments and losses in nothing, the log in nothing but the words that an erasure takes.
"""

from __future__ import annotations

from mobility.core.guards import Guards
from mobility.microcredit.accords import ddl as accords
from mobility.microcredit.rules.states import DOSSIERS, State

JUMP, REWRITTEN = "microcredit_state_jump", "microcredit_rewritten"

_PAIRS = sorted(
    {(state, DOSSIERS.after(state, action)) for state in State for action in DOSSIERS.actions_from(state)}
    | {(state, state) for state in State}
)
_ALLOWED = " OR ".join(f"(OLD.state = '{before.value}' AND NEW.state = '{after.value}')" for before, after in _PAIRS)

_SQLITE = """
CREATE TRIGGER {name} AFTER {event} ON {table} {when}
BEGIN
    SELECT RAISE(ABORT, '{said}');
END
"""
_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION {said}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{said}' USING ERRCODE = 'check_violation', CONSTRAINT = '{said}', TABLE = TG_TABLE_NAME;
END
$$
"""
_PG = "CREATE TRIGGER {name} AFTER {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {said}()"

# Name, table, event, when it is refused (nothing: always), what is said.
_RULES: tuple[tuple[str, str, str, str, str], ...] = (
    ("microcredit_dossier_jump", "microcredit_dossier", "UPDATE", f"NOT ({_ALLOWED})", JUMP),
    (
        "microcredit_log_update",
        "microcredit_log",
        "UPDATE",
        (
            "OLD.dossier_id <> NEW.dossier_id OR OLD.action <> NEW.action OR OLD.to_state <> NEW.to_state"
            " OR OLD.party <> NEW.party OR OLD.at <> NEW.at OR OLD.motive <> NEW.motive"
        ),
        REWRITTEN,
    ),
    (
        "microcredit_instalment_update",
        "microcredit_instalment",
        "UPDATE",
        (
            "OLD.dossier_id <> NEW.dossier_id OR OLD.plan <> NEW.plan OR OLD.number <> NEW.number"
            " OR OLD.due_on <> NEW.due_on OR OLD.amount_cents <> NEW.amount_cents OR OLD.replaced_at IS NOT NULL"
        ),
        REWRITTEN,
    ),
    ("microcredit_payment_update", "microcredit_payment", "UPDATE", "", REWRITTEN),
    ("credit_count_update", "credit_count", "UPDATE", "", REWRITTEN),
)


def _sqlite(name: str, table: str, event: str, when: str, said: str) -> str:
    return _SQLITE.format(name=name, table=table, event=event, when=f"WHEN {when}" if when else "", said=said)


def _postgresql(name: str, table: str, event: str, when: str, said: str) -> str:
    return _PG.format(name=name, table=table, event=event, when=f"WHEN ({when})" if when else "", said=said)


_CREATES = [
    {"sqlite": (_sqlite(*rule),), "postgresql": (_PG_FUNCTION.format(said=rule[-1]), _postgresql(*rule))}
    for rule in _RULES
]
_DROPS = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {rule[0]}" for rule in _RULES),
    "postgresql": (
        *(f"DROP TRIGGER IF EXISTS {rule[0]} ON {rule[1]}" for rule in _RULES),
        f"DROP FUNCTION IF EXISTS {JUMP}()",
        f"DROP FUNCTION IF EXISTS {REWRITTEN}()",
    ),
}

GUARDS = Guards(
    *_CREATES,
    *accords.CREATES,
    drops={name: (*accords.DROPS[name], *statements) for name, statements in _DROPS.items()},
)
# The same, by the module whose tables they stand on.
DOSSIER_GUARDS = Guards(*_CREATES[:-1], drops=_DROPS)
COUNT_GUARDS = Guards(_CREATES[-1], drops=_DROPS)
ACCORD_GUARDS = Guards(*accords.CREATES, drops=accords.DROPS)
