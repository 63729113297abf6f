"""What only the database can promise: a version of a plan says for ever what was laid before those who sign.

A version is frozen from the moment it is written: its content, digest and number refuse every change, and so does a
signature once it is given. One change is allowed, and once: an erasure empties the content, the names and the strokes,
and leaves the dates. Versions are never deleted. Guards may be called again at any time, as those of the journal.
"""

from __future__ import annotations

from mobility.core.guards import Guards

FROZEN = "plan_version_frozen"

# What is written with the version, and what each side's signature is made of: words that an erasure takes, then facts.
_FROZEN = ("plan_id", "number", "sha256", "created_at", "created_by_id", "signs_with")
_WORDS = {
    "person": ("person_name", "person_ink"),
    "representative": ("representative_name", "representative_ink"),
    "adviser": ("adviser_name", "adviser_ink"),
}
_FACTS = {
    "person": ("person_signed_at", "person_manner"),
    "representative": (
        "representative_signed_at",
        "representative_manner",
        "representative_id",
        "representative_quality",
    ),
    "adviser": ("adviser_signed_at", "adviser_id"),
}


def _kept(same: str, *columns: str) -> str:
    return " AND ".join(f"NEW.{column} {same} OLD.{column}" for column in columns)


def _allowed(*, same: str, content: str) -> str:
    """Return the condition of a change that is none of the frozen: ``same`` compares also what is null."""
    signed = " AND ".join(
        f"(OLD.{party}_signed_at IS NULL OR ({_kept(same, *_FACTS[party], *_WORDS[party])}))" for party in _FACTS
    )
    kept_content = f"{content.format('NEW')} {same} {content.format('OLD')}"
    stays = f"{kept_content} AND NEW.erased_at {same} OLD.erased_at AND {signed}"
    emptied = " AND ".join(f"NEW.{column} = ''" for words in _WORDS.values() for column in words)
    facts = _kept(same, *(column for columns in _FACTS.values() for column in columns))
    erases = (
        f"OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND {content.format('NEW')} = '{{}}'"
        f" AND {emptied} AND {facts}"
    )
    paper = f"(OLD.document_id IS NULL OR NEW.document_id {same} OLD.document_id)"
    # What was signed by all or taken back stays so.
    over = "(OLD.state = 'waiting' OR NEW.state = OLD.state)"
    return f"{_kept(same, *_FROZEN)} AND {paper} AND {over} AND (({stays}) OR ({erases}))"


_SQLITE = """
CREATE TRIGGER plan_version_no_{verb} BEFORE {event} ON plan_version {when}
BEGIN
    SELECT RAISE(ABORT, 'plan_version_frozen');
END
"""
_REFUSE = """
CREATE OR REPLACE FUNCTION plan_version_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'plan_version_frozen'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_version_frozen', TABLE = TG_TABLE_NAME;
END
$$
"""
_ROW = (
    "CREATE TRIGGER plan_version_no_{verb} BEFORE {event} ON plan_version"
    " FOR EACH ROW {when} EXECUTE FUNCTION plan_version_refuse()"
)
_ALL = (
    "CREATE TRIGGER plan_version_no_truncate BEFORE TRUNCATE ON plan_version"
    " FOR EACH STATEMENT EXECUTE FUNCTION plan_version_refuse()"
)
_ON_SQLITE = _allowed(same="IS", content="{}.content")
# JSON has no equality there: its text is what is frozen.
_ON_POSTGRES = _allowed(same="IS NOT DISTINCT FROM", content="{}.content::text")

VERSION_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": (
        _SQLITE.format(verb="update", event="UPDATE", when=f"WHEN NOT ({_ON_SQLITE})"),
        _SQLITE.format(verb="delete", event="DELETE", when=""),
    ),
    "postgresql": (
        _REFUSE,
        _ROW.format(verb="update", event="UPDATE", when=f"WHEN (NOT ({_ON_POSTGRES}))"),
        _ROW.format(verb="delete", event="DELETE", when=""),
        _ALL,
    ),
}
DROPS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(f"DROP TRIGGER IF EXISTS plan_version_no_{verb}" for verb in ("update", "delete")),
    "postgresql": (
        *(
            f"DROP TRIGGER IF EXISTS plan_version_no_{verb} ON plan_version"
            for verb in ("update", "delete", "truncate")
        ),
        "DROP FUNCTION IF EXISTS plan_version_refuse()",
    ),
}

GUARDS = Guards(VERSION_GUARDS, drops=DROPS)
