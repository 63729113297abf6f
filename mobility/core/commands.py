"""Groups of commands that live in a room, and those of the core: each room makes its own, ``mobility/cli.py`` adds it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import click

from mobility.core.clock import now
from mobility.core.errors import NotFound

F = TypeVar("F", bound=Callable[..., Any])


class Wrapper(Protocol):
    """Runs a command inside something: the application."""

    def __call__(self, command: F, /) -> F: ...


def make_jobs_group(with_app: Wrapper) -> click.Group:
    """Return the commands of the jobs; ``with_app`` runs a command inside the application."""

    @click.group()
    def jobs() -> None:
        """See and run the scheduled jobs."""

    @jobs.command("list")
    @with_app
    def jobs_list() -> None:
        """List the jobs: name, when the last run ended, what it did, LATE where one is overdue."""
        from mobility.core import jobs as registry

        for state in registry.states(now()):
            last = f"{state.last_ended_at:%Y-%m-%d %H:%M:%SZ}" if state.last_ended_at else "never ended"
            remark = state.error or json.dumps(dict(state.counts), sort_keys=True)
            click.echo(f"{'LATE' if state.late else 'ok':5} {state.name:32} {last:21} {remark}")

    @jobs.command("run")
    @click.argument("name")
    @with_app
    def jobs_run(name: str) -> None:
        """Run the job NAME now, whatever its hour, and print what it did."""
        from mobility.core import jobs as registry

        try:
            registry.get_job(name)
        except NotFound:
            known = ", ".join(job.name for job in registry.all_jobs())
            raise click.UsageError(f"there is no job {name!r} (there are: {known or 'none'})") from None
        result = registry.run(name)
        if not result.ok:
            raise click.ClickException(f"job {name} failed: {result.error}")
        click.echo(f"{name}: {json.dumps(dict(result.counts), sort_keys=True)}")

    return jobs
