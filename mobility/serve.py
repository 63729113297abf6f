"""The web server: gunicorn with threads, started from settings.

The application is built, and the prepared roads are opened, before the processes fork: they share that memory.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from mobility.core.errors import ConfigError

GRACE_SECONDS = 20


def check_port(host: str, port: int) -> None:
    """Raise ConfigError, in one clear line, where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}:{port} ({error.strerror or error}); "
            "stop what uses it, or choose another with PORT=5001"
        ) from error


def gunicorn_options(settings: Mapping[str, object]) -> dict[str, Any]:
    """Return gunicorn's options for these settings."""
    host = str(settings["HOST"])
    return {
        "bind": f"[{host}]:{settings['PORT']}" if ":" in host else f"{host}:{settings['PORT']}",
        "worker_class": "gthread",
        "workers": settings["WEB_PROCESSES"],
        "threads": settings["WEB_THREADS"],
        "preload_app": True,
        "timeout": 60,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 5,
        "limit_request_line": 8190,
        # The application logs requests itself, without addresses and paths.
        "accesslog": None,
        "loglevel": "warning",
        # Proxies are believed by TRUSTED_PROXIES alone (ProxyFix), never by gunicorn's own habit.
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
    }


class Server(BaseApplication):  # type: ignore[misc, unused-ignore]
    """gunicorn, configured by us instead of a file and a command line."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        from mobility.app import create_app
        from mobility.core.db import db
        from mobility.geo import engines

        app = create_app()
        with app.app_context():
            engines.open_prepared()
            # A connection belongs to the process that made it.
            for engine in db.engines.values():
                engine.dispose()
        # What the collector never looks at again is not copied when it would.
        gc.collect()
        gc.freeze()
        return app


def serve(settings: Mapping[str, object]) -> None:
    """Serve until told to stop. Raises ConfigError where the port is taken."""
    check_port(str(settings["HOST"]), int(str(settings["PORT"])))
    Server(gunicorn_options(settings)).run()
