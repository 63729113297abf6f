"""What happens elsewhere when an organisation changes: declared here, answered by higher rooms."""

from __future__ import annotations

from mobility.desks.hooks import ChangeHook

changes = ChangeHook()
