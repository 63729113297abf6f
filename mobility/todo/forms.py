"""How long something is put off."""

from __future__ import annotations

from mobility.core.web.forms import Form, day


class PutOffForm(Form):
    """One day."""

    until_on = day("Revoir cette tâche le", required=True)
