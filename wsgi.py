"""The WSGI entry point for servers that want a module: ``wsgi:app``."""

from mobility.app import create_app

app = create_app()
