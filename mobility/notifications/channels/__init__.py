"""The ways out, as the settings choose them."""

from __future__ import annotations

from flask import current_app

from mobility.notifications.channels.base import DeliveryChannel, DeliveryError, Envelope
from mobility.notifications.channels.local import LocalChannel
from mobility.notifications.channels.sms import BrevoSms, OvhSms, SmsSettings
from mobility.notifications.channels.smtp import SmtpChannel, SmtpSettings
from mobility.notifications.kinds import Channel

__all__ = ["Channels", "DeliveryChannel", "DeliveryError", "Envelope", "make_channel"]


def make_channel(channel: Channel) -> DeliveryChannel:
    """Build a channel from the settings."""
    config = current_app.config
    if channel is Channel.EMAIL:
        if config["EMAIL_CHANNEL"] == "local":
            return LocalChannel(channel)
        return SmtpChannel(
            SmtpSettings(
                host=config["SMTP_HOST"],
                port=int(config["SMTP_PORT"]),
                user=config["SMTP_USER"],
                password=config["SMTP_PASSWORD"],
                tls=config["SMTP_TLS"],
                mail_from=config["MAIL_FROM"],
                reply_to=config["MAIL_REPLY_TO"],
            )
        )
    if config["SMS_CHANNEL"] == "local":
        return LocalChannel(channel)
    settings = SmsSettings(
        base_url=config["SMS_BASE_URL"],
        app_key=config["SMS_APP_KEY"],
        app_secret=config["SMS_APP_SECRET"],
        consumer_key=config["SMS_CONSUMER_KEY"],
        service=config["SMS_SERVICE"],
        sender=config["SMS_SENDER"],
    )
    return OvhSms(settings) if config["SMS_CHANNEL"] == "ovh" else BrevoSms(settings)


class Channels:
    """The channels of one batch, each opened when first needed."""

    def __init__(self) -> None:
        self._open: dict[Channel, DeliveryChannel] = {}

    def get(self, channel: Channel) -> DeliveryChannel:
        """Return the channel."""
        if channel not in self._open:
            self._open[channel] = make_channel(channel)
        return self._open[channel]

    def close(self) -> None:
        """Close whatever is open."""
        for channel in self._open.values():
            channel.close()
        self._open.clear()
