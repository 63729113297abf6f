"""What only the database can promise of an agreement: what was laid before whoever signs stays as it was.

Its content, its lines, a signature that was given and the bank's paper refuse every change; a state follows
``rules.accords.ACCORDS``; nobody signs a plan whose lines are not its arrears. One change of words is allowed, and
once: an erasure empties the content, the names and the strokes, and leaves amounts and dates.
"""

from __future__ import annotations

from mobility.microcredit.rules.accords import ACCORDS, AccordState

FROZEN, SUMS = "credit_accord_frozen", "credit_accord_sum"

_KEPT = ("dossier_id", "number", "kind", "sha256", "base_cents", "arrears_cents", "laid_at", "laid_by_id", "signs_with")
_WORDS = ("person_name", "person_ink", "representative_name", "representative_ink", "reason")
# What, once it is there, stays.
_GIVEN = {
    "person_signed_at": ("person_signed_at", "person_manner"),
    "representative_signed_at": ("representative_signed_at", "representative_manner", "representative_id"),
    "bank_document_id": ("bank_document_id", "bank_agreed_on"),
    "begun_at": ("begun_at",),
    "ended_at": ("ended_at",),
}
_SIGNED = {
    "person_signed_at": ("person_name", "person_ink"),
    "representative_signed_at": ("representative_name", "representative_ink", "representative_quality"),
}
_MOVES = " OR ".join(
    f"(OLD.state = '{before.value}' AND NEW.state = '{ACCORDS.after(before, action).value}')"
    for before in AccordState
    for action in ACCORDS.actions_from(before)
)


def _allowed(same: str, content: str) -> str:
    """Return the condition of a change that may be made; ``same`` compares what is null too."""

    def kept(*columns: str) -> str:
        return " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in columns)

    given = " AND ".join(f"(OLD.{when} IS NULL OR ({kept(*columns)}))" for when, columns in _GIVEN.items())
    signed = " AND ".join(f"(OLD.{when} IS NULL OR ({kept(*columns)}))" for when, columns in _SIGNED.items())
    stays = (
        f"NEW.{content} {same} OLD.{content} AND NEW.reason = OLD.reason AND NEW.erased_at {same} OLD.erased_at"
        f" AND {signed}"
    )
    emptied = " AND ".join(f"NEW.{column} = ''" for column in _WORDS)
    erases = f"OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.{content} = '{{}}' AND {emptied}"
    return f"{kept(*_KEPT)} AND {given} AND (NEW.state = OLD.state OR {_MOVES}) AND (({stays}) OR ({erases}))"


_TOTAL = "(SELECT COALESCE(SUM(amount_cents), 0) FROM credit_accord_line WHERE accord_id = NEW.id)"
_UNSUMMED = (
    "NEW.kind = 'amicable' AND (NEW.person_signed_at IS NOT NULL OR NEW.representative_signed_at IS NOT NULL"
    f" OR NEW.state = 'in_force') AND NEW.arrears_cents <> {_TOTAL}"
)
_OPEN = (
    "EXISTS (SELECT 1 FROM credit_accord WHERE id = NEW.accord_id AND kind = 'amicable' AND state = 'waiting'"
    " AND person_signed_at IS NULL AND representative_signed_at IS NULL)"
)
_SQLITE = "CREATE TRIGGER {name} BEFORE {event} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{said}'); END"
_RAISE = """RAISE EXCEPTION '{said}' USING ERRCODE = 'check_violation', CONSTRAINT = '{said}', TABLE = TG_TABLE_NAME;"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {body}
    RETURN NEW;
END
$$
"""
_PG = "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {function}()"


def _sqlite(name: str, event: str, table: str, when: str, said: str) -> str:
    return _SQLITE.format(name=name, event=event, table=table, when=f"WHEN {when}" if when else "", said=said)


def _refuse(name: str, said: str, when: str = "") -> str:
    raised = _RAISE.format(said=said)
    return _FUNCTION.format(name=name, body=f"IF {when} THEN {raised} END IF;" if when else raised)


CREATES = (
    {
        "sqlite": (
            _sqlite("credit_accord_update", "UPDATE", "credit_accord", f"NOT ({_allowed('IS', 'content')})", FROZEN),
            _sqlite("credit_accord_delete", "DELETE", "credit_accord", "", FROZEN),
        ),
        "postgresql": (
            _refuse("credit_accord_refuse", FROZEN),
            _PG.format(
                name="credit_accord_update", event="UPDATE", table="credit_accord", function="credit_accord_refuse",
                when=f"WHEN (NOT ({_allowed('IS NOT DISTINCT FROM', 'content::text')}))",
            ),
            _PG.format(
                name="credit_accord_delete", event="DELETE", table="credit_accord", function="credit_accord_refuse",
                when="",
            ),
        ),
    },
    {
        "sqlite": (
            _sqlite("credit_accord_sums", "UPDATE", "credit_accord", _UNSUMMED, SUMS),
            _sqlite("credit_accord_line_late", "INSERT", "credit_accord_line", f"NOT {_OPEN}", FROZEN),
            _sqlite("credit_accord_line_update", "UPDATE", "credit_accord_line", "", FROZEN),
            _sqlite("credit_accord_line_delete", "DELETE", "credit_accord_line", "", FROZEN),
        ),
        "postgresql": (
            _refuse("credit_accord_check_sum", SUMS, _UNSUMMED),
            _refuse("credit_accord_check_line", FROZEN, f"NOT {_OPEN}"),
            _PG.format(
                name="credit_accord_sums", event="UPDATE", table="credit_accord", when="",
                function="credit_accord_check_sum",
            ),
            _PG.format(
                name="credit_accord_line_late", event="INSERT", table="credit_accord_line", when="",
                function="credit_accord_check_line",
            ),
            *(
                _PG.format(
                    name=f"credit_accord_line_{event.lower()}", event=event, table="credit_accord_line", when="",
                    function="credit_accord_refuse",
                )
                for event in ("UPDATE", "DELETE")
            ),
        ),
    },
)  # fmt: skip
_NAMES = {
    "credit_accord": ("update", "delete", "sums"),
    "credit_accord_line": ("late", "update", "delete"),
}
DROPS = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS {table}_{name}" for table, names in _NAMES.items() for name in names),
    "postgresql": (
        *(
            f"DROP TRIGGER IF EXISTS {table}_{name} ON {table}"
            for table, names in reversed(_NAMES.items())
            for name in names
        ),
        *(f"DROP FUNCTION IF EXISTS credit_accord_{name}()" for name in ("refuse", "check_sum", "check_line")),
    ),
}
