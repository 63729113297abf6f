"""The command ``mobility``: run, migrate, administer. Each command is documented in ``docs/operating/cli.md``.

Whatever the input, a command ends in one clear line and a non-zero status; a traceback means a fault of ours.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import click
from flask import Flask
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from mobility import __version__
from mobility.accounts.policy import SCOPES
from mobility.carpool.cli import make_group as make_carpool_group
from mobility.core.clock import now
from mobility.core.commands import make_jobs_group
from mobility.core.config import SETTINGS, load_settings
from mobility.core.errors import ConfigError, MobilityError
from mobility.geo.cli import make_group as make_network_group
from mobility.microcredit.cli import microcredit

F = TypeVar("F", bound=Callable[..., Any])
MASK = "********"
FAILED = 1
BAD_INPUT = 2


def _inside(make_app: Callable[[], Flask], command: F) -> F:
    """Run the command inside an application, and leave no connection open behind it."""

    @functools.wraps(command)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        from mobility.core.db import db as database
        from mobility.core.db import end_read

        with make_app().app_context():
            try:
                return command(*arguments, **options)
            finally:
                end_read()
                database.engine.dispose()

    return cast("F", wrapped)


def _with_app(command: F) -> F:
    """Run the command inside the whole application."""

    def make_app() -> Flask:
        from mobility.app import create_app

        return create_app()

    return _inside(make_app, command)


def _with_database(command: F) -> F:
    """Run the command on the bare database: its schema may not be there yet, and pages are not needed."""

    def make_app() -> Flask:
        from mobility.migrations.runner import bare_app

        return bare_app(str(load_settings()["DATABASE_URL"]))

    return _inside(make_app, command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mobility")
def cli() -> None:
    """Run and administer the mobility platform."""


# -- Processes -----------------------------------------------------------------------------------------


@cli.command()
def serve() -> None:
    """Run the web server."""
    from mobility import serve as server

    server.serve(load_settings())


@cli.command()
def scheduler() -> None:
    """Run the scheduler, which runs the jobs. Several may be started: one leads, the others wait."""
    from mobility.scheduler import main as run_scheduler

    run_scheduler()


@cli.command()
@click.option("--prepare", is_flag=True, help="First bring the database up to date and, in demo mode, load the demo.")
def up(*, prepare: bool) -> None:
    """Run the web server and the scheduler together, until Ctrl-C."""
    from mobility import serve as server
    from mobility.supervisor import Supervisor, commands

    settings = load_settings()
    server.check_port(str(settings["HOST"]), int(str(settings["PORT"])))
    if prepare:
        holds_data = _with_database(_upgrade)()
        if settings["DEMO"] and not holds_data:
            _with_app(_load_demo)(if_empty=True)
    click.echo(f"\n  Open {settings['PUBLIC_URL']}\n")
    if settings["DEMO"]:
        _print_demo_accounts()
    click.echo("  Ctrl-C stops everything.\n")
    status = Supervisor(commands(), lambda line: click.echo(f"mobility: {line}", err=True)).run()
    click.echo("mobility: stopped.")
    sys.exit(status)


def _print_demo_accounts() -> None:
    from mobility.demo import accounts

    click.echo(f"  Demo accounts (codes, and a button to enter as each: {load_settings()['PUBLIC_URL']}/demo):")
    click.echo("".join(f"    {account}\n" for account in accounts()))


# -- Database ------------------------------------------------------------------------------------------


@cli.group()
def db() -> None:
    """Bring the database up to date, check it."""


def _upgrade() -> bool:
    """Bring the database up to date; tell whether it holds data."""
    from mobility.migrations import runner

    before, after = runner.upgrade()
    change = f"went from revision {before or 'none'} to {after}" if before != after else "is up to date"
    click.echo(f"The database {change}.")
    return runner.holds_data()


@db.command("upgrade")
@_with_database
def db_upgrade() -> None:
    """Bring the database to the newest revision, all in one transaction."""
    _upgrade()


@db.command("check")
@_with_database
def db_check() -> None:
    """Check the database: newest revision, guards, no difference from the models, whole foreign keys."""
    from mobility.migrations import runner

    problems = runner.check()
    for problem in problems:
        click.echo(f"mobility: {problem}", err=True)
    if problems:
        sys.exit(FAILED)
    click.echo("The database is whole and up to date.")


@db.command("downgrade")
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Confirm: what the newer revisions hold is lost.")
@_with_database
def db_downgrade(revision: str, *, yes: bool) -> None:
    """Bring the database back to REVISION (`base`: no table left). What newer revisions hold is lost."""
    from mobility.migrations import runner

    if not yes:
        raise click.UsageError("going back loses data: make a backup, then add --yes")
    before, after = runner.downgrade(revision)
    click.echo(f"The database went from revision {before or 'none'} to {after or 'none'}.")


# -- Demo ----------------------------------------------------------------------------------------------


@cli.group()
def demo() -> None:
    """Fill a database with invented people, vehicles and loans."""


def _load_demo(*, if_empty: bool) -> None:
    from mobility.demo import is_empty, load

    if is_empty():
        click.echo("Loading the demo (about a minute of work; longer on a busy machine)…")
        load(now=now())
    elif if_empty:
        click.echo("The database has data already: the demo was left alone.")
    else:
        raise ConfigError("the database has data already: load the demo into an empty one")


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Do nothing, and succeed, where the database has data already.")
@_with_app
def demo_load(*, if_empty: bool) -> None:
    """Load the demo, always the same but for its dates, which lie around today."""
    _load_demo(if_empty=if_empty)


# -- Accounts ------------------------------------------------------------------------------------------


@cli.group()
def user() -> None:
    """Create the first account."""


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask for a password: add --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@user.command("create-admin")
@click.option("--name", required=True, help="First name and last name.")
@click.option("--email", required=True, help="E-mail address, with which the person signs in.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@_with_app
def user_create_admin(name: str, email: str, *, password_stdin: bool) -> None:
    """Create an administrator, who sets up a second factor on first sign-in."""
    from email_validator import EmailNotValidError, validate_email

    from mobility.accounts.policy import Role
    from mobility.accounts.services import users
    from mobility.core.db import transaction

    name = " ".join(name.split())
    if not 1 <= len(name) <= 200:
        raise click.UsageError("--name: give 1 to 200 characters")
    try:
        address = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise click.UsageError(f"--email: {error}") from error
    password = _read_password(from_stdin=password_stdin)
    at = now()
    with transaction():
        user_id = users.create_user(display_name=name, email=address, password=password, actor_id=None, now=at)
        users.add_grant(
            user_id=user_id, role=Role.ADMINISTRATOR, desk_id=None, organisation_id=None, actor_id=None, now=at
        )
    click.echo(f"Administrator {address.lower()} created.")


@cli.group()
def token() -> None:
    """Create tokens for the API."""


@token.command("create")
@click.option("--name", required=True, help="Name of the integration, to recognise it by.")
@click.option(
    "--scope", "scopes", required=True, multiple=True, type=click.Choice(sorted(SCOPES)), help="May be repeated."
)
@click.option("--desk", "desks", multiple=True, metavar="SLUG", help="Only this desk; may be repeated (default: all).")
@click.option("--days", type=click.IntRange(1, 3650), help="Days after which the token ends (default: never).")
@_with_app
def token_create(name: str, scopes: Sequence[str], desks: Sequence[str], days: int | None) -> None:
    """Create a token for the API and print its secret, which is shown this once."""
    from mobility.accounts.services import tokens

    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise click.UsageError("--name: give 1 to 120 characters")
    at = now()
    secret = tokens.create_token(
        name=name,
        scopes=scopes,
        desk_ids=_desk_ids(desks) if desks else None,
        now=at,
        expires_at=at + timedelta(days=days) if days else None,
    )
    click.echo(secret)


def _desk_ids(slugs: Sequence[str]) -> list[int]:
    from sqlalchemy import select

    from mobility.core.db import db as database
    from mobility.desks.models import Desk

    known = dict(database.session.execute(select(Desk.slug, Desk.id)).all())
    for slug in slugs:
        if slug not in known:
            raise click.UsageError(
                f"--desk: there is no desk {slug!r} (there are: {', '.join(sorted(known)) or 'none'})"
            )
    return [known[slug] for slug in slugs]


# -- Jobs ----------------------------------------------------------------------------------------------


cli.add_command(make_jobs_group(_with_app))


# -- Roads ---------------------------------------------------------------------------------------------

cli.add_command(make_network_group(_with_app))
cli.add_command(make_carpool_group(_with_app))


# -- Credit --------------------------------------------------------------------------------------------

cli.add_command(microcredit)


# -- Settings ------------------------------------------------------------------------------------------


@cli.group()
def config() -> None:
    """See the settings."""


@config.command("show")
def config_show() -> None:
    """Print every setting as it holds here; secrets are masked."""
    values = load_settings()
    lines = []
    for setting in SETTINGS:
        value = values[setting.name]
        if setting.secret and value:
            value = MASK
        elif setting.name == "DATABASE_URL":
            value = make_url(str(value)).render_as_string(hide_password=True)
        lines.append(f"{setting.name}={value}")
    click.echo("\n".join(lines))


# -- Errors --------------------------------------------------------------------------------------------


def _say(line: str) -> None:
    click.echo("mobility: " + " ".join(line.split()), err=True)


def _explain(error: Exception) -> tuple[str, int]:
    """Return the line and the status for an error that the input or the machine explains."""
    if isinstance(error, MobilityError):
        return str(error) or type(error).__name__, BAD_INPUT
    if isinstance(error, ArgumentError):
        return f"DATABASE_URL: {error}", BAD_INPUT
    if isinstance(error, ModuleNotFoundError):
        return f"DATABASE_URL: the driver {error.name} is not installed; use sqlite:///… or postgresql://…", BAD_INPUT
    if isinstance(error, DBAPIError):
        answer = (str(error.orig).strip() or "nothing").splitlines()[0]
        hint = "; run `mobility db upgrade`" if "no such table" in answer or "does not exist" in answer else ""
        return f"the database answers: {answer}{hint}", FAILED
    return str(error).splitlines()[0] if str(error) else type(error).__name__, FAILED


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; never return."""
    try:
        status = cli.main(args=arguments, prog_name=Path(sys.argv[0]).name or "mobility", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(BAD_INPUT)
    except click.ClickException as error:
        _say(error.format_message())
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        sys.exit(130)
    except (MobilityError, SQLAlchemyError, ModuleNotFoundError, OSError) as error:
        line, code = _explain(error)
        _say(line)
        sys.exit(code)
    sys.exit(status if isinstance(status, int) else 0)
