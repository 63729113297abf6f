"""One parent for the web server and the scheduler: starts both, watches both, stops both.

A child that dies is started again after a pause that grows; one that keeps dying ends everything with
an error, so that whatever runs the parent (a terminal, systemd, a container) sees it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

STOP_SECONDS = 25.0
LOOK_SECONDS = 0.2
RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0


@dataclass(slots=True)
class Child:
    """One process to keep alive."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    start_at: float = 0.0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS))


class Supervisor:
    """Keep children alive until a signal says stop, or one of them cannot be kept alive."""

    def __init__(self, commands: Mapping[str, Sequence[str]], say: Callable[[str], None]) -> None:
        self.children = [Child(name, command) for name, command in commands.items()]
        self.say = say
        self.stop_asked = False
        self.failed = False

    def run(self) -> int:
        """Start the children and return 0 after a stop that was asked for, 1 after a failure."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self.stop_asked and not self.failed:
                for child in self.children:
                    self._look_after(child, time.monotonic())
                time.sleep(LOOK_SECONDS)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 1 if self.failed else 0

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked = True

    def _look_after(self, child: Child, now: float) -> None:
        if child.process is None:
            if now >= child.start_at:
                # A group of its own: Ctrl-C in the terminal reaches the parent alone, which stops each child once.
                child.process = subprocess.Popen(  # noqa: S603 - our own commands
                    child.command,
                    start_new_session=True,
                    preexec_fn=_end_with_parent,  # noqa: PLW1509 - one thread here
                )
            return
        status = child.process.poll()
        if status is None:
            return
        child.process = None
        child.deaths.append(now)
        if len(child.deaths) == RESTARTS and now - child.deaths[0] < RESTART_WINDOW_SECONDS:
            self.say(f"{child.name} ended {RESTARTS} times within a minute: giving up.")
            self.failed = True
            return
        pause = self.pause(len(child.deaths))
        child.start_at = now + pause
        self.say(f"{child.name} ended ({_describe(status)}); starting it again in {pause:.0f} s.")

    def pause(self, deaths: int) -> float:
        """Return the seconds to wait before another start."""
        return float(min(2**deaths - 1, 15))

    def _stop_all(self) -> None:
        living = [child.process for child in self.children if child.process is not None]
        for process in living:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in living:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()


def _end_with_parent() -> None:
    """Ask Linux to end this child with its parent, were that one killed with -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        if number is signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            # The leader only: it stops its own workers in good order.
            os.kill(process.pid, number)
    except ProcessLookupError:
        pass


def _describe(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def commands() -> dict[str, list[str]]:
    """Return what the platform consists of."""
    own = [sys.executable, "-m", "mobility"]
    return {"web server": [*own, "serve"], "scheduler": [*own, "scheduler"]}
