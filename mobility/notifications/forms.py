"""Forms of the notifications."""

from __future__ import annotations

from mobility.core.web.forms import Form, checkboxes, radios, tick
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint, Recipient
from mobility.notifications.queries import mask

PREFERENCE_LABELS = {Channel.EMAIL: "Par e-mail", Channel.SMS: "Par SMS"}


class PreferencesForm(Form):
    """How somebody wants to be written to."""

    preferred = radios("Comment préférez-vous recevoir vos messages ?")
    digest = tick(
        "Regrouper les messages qui ne pressent pas",
        hint="Vous recevez au plus un message de ce genre par jour. Les rappels urgents arrivent toujours tout de suite.",
    )
    points = checkboxes("Où pouvons-nous vous écrire ?")

    def offer(self, recipient: Recipient, points: list[ContactPoint], *, submitted: bool) -> None:
        """Fill in the choices, and the present answers where nothing was sent yet."""
        channels = [channel for channel in Channel if any(point.channel is channel for point in points)]
        self.preferred.choices = [(channel.value, PREFERENCE_LABELS[channel]) for channel in channels]
        self.points.choices = [(str(point.id), mask(point.channel, point.value)) for point in points]
        if not submitted:
            preferred = recipient.preferred_channel
            self.preferred.data = (
                preferred.value if preferred in channels else (channels[0].value if channels else None)
            )
            self.digest.data = recipient.digest
            self.points.data = [str(point.id) for point in points if point.opted_out_at is None]
