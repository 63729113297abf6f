"""Settings: read once from the environment, each one declared and documented.

``docs/settings.md`` lists the same names; a test compares the two.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from mobility.core.errors import ConfigError
from mobility.core.paths import default_var_dir

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def _boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("expected yes or no")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"expected a whole number, not {text!r}") from None


def _port(text: str) -> int:
    port = _whole(text)
    if not 0 <= port <= 65535:
        raise ValueError("expected a port between 0 and 65535")
    return port


def _positive(text: str) -> int:
    number = _whole(text)
    if number <= 0:
        raise ValueError("expected a positive whole number")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise ValueError(f"expected a number of seconds, not {text!r}") from None
    if not 0 < seconds <= 60:
        raise ValueError("expected more than 0 and at most 60 seconds")
    return seconds


def _at_least(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = _whole(text)
        if number < least:
            raise ValueError(f"expected {least} or more")
        return number

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return text

    return read


_TILES = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9._~/?&=%{}@-]*")


def _tiles(text: str) -> str:
    if text and not (_TILES.fullmatch(text) and all(part in text for part in ("{z}", "{x}", "{y}"))):
        raise ValueError("expected an address with {z}, {x} and {y}, as https://tiles.example.org/{z}/{x}/{y}.png")
    return text


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the environment, its default, how it is read."""

    name: str
    default: str
    description: str
    read: Callable[[str], object] = str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("VAR_DIR", "", "Folder of everything that the application writes (empty: `var/` beside the sources)."),
    Setting("DATABASE_URL", "", "SQLAlchemy address of the database (empty: SQLite in VAR_DIR)."),
    Setting(
        "SECRET_KEY",
        "",
        "Key that signs sessions and links and encrypts secrets at rest, 32 characters or more "
        "(empty: made on first start and kept in VAR_DIR/secret_key).",
        secret=True,
    ),
    Setting("HOST", "127.0.0.1", "Address on which the web server listens."),
    Setting("PORT", "5000", "Port on which the web server listens.", _port),
    Setting("WEB_PROCESSES", "1", "Number of web server processes.", _positive),
    Setting("WEB_THREADS", "8", "Number of threads of each web server process.", _positive),
    Setting("PUBLIC_URL", "", "Address that people type, put into links of messages (empty: http://HOST:PORT)."),
    Setting("TRUSTED_PROXIES", "0", "Number of reverse proxies whose X-Forwarded-* headers are believed.", _whole),
    Setting("COOKIE_SECURE", "", "Send cookies over HTTPS only (empty: yes where PUBLIC_URL begins with https)."),
    Setting("DEMO", "no", "Demo mode: banner, demo accounts page, message box page, style guide.", _boolean),
    Setting("LOG_LEVEL", "INFO", "Level of the logs.", _one_of("DEBUG", "INFO", "WARNING", "ERROR")),
    Setting("LOG_FORMAT", "console", "Shape of the logs: console or json.", _one_of("console", "json")),
    Setting("SESSION_IDLE_MINUTES", "30", "Minutes without activity after which a staff session ends.", _positive),
    Setting(
        "PORTAL_IDLE_MINUTES", "60", "Minutes without activity after which a beneficiary's session ends.", _positive
    ),
    Setting("MAX_UPLOAD_MB", "10", "Largest file accepted, in megabytes.", _positive),
    Setting("RATE_LIMIT_STORAGE", "memory://", "Where request counts are kept (Flask-Limiter storage address)."),
    Setting("API_RATE_LIMIT", "120 per minute", "Requests that one API token may make."),
    Setting(
        "CARPOOL_OPERATOR", "", "Domain by which other carpooling services know us (empty: the host of PUBLIC_URL)."
    ),
    Setting(
        "CARPOOL_PRIVATE_SERVICES",
        "no",
        "Let other carpooling services stand at inner addresses (tests, one machine).",
        _boolean,
    ),
    Setting("CARPOOL_REGISTER_URL", "", "API v3.3 of the national register of carpooling (empty: nothing is sent)."),
    Setting("CARPOOL_REGISTER_TOKEN", "", "Bearer token at the register.", secret=True),
    Setting("METRICS_TOKEN", "", "Bearer token that may read /metrics (empty: only the machine itself).", secret=True),
    Setting(
        "EMAIL_CHANNEL",
        "local",
        "How e-mails leave: smtp, or local (kept in the message box page).",
        _one_of("smtp", "local"),
    ),
    Setting("SMTP_HOST", "127.0.0.1", "SMTP server."),
    Setting("SMTP_PORT", "25", "Port of the SMTP server.", _port),
    Setting("SMTP_USER", "", "User at the SMTP server (empty: none)."),
    Setting("SMTP_PASSWORD", "", "Password at the SMTP server.", secret=True),
    Setting("SMTP_TLS", "none", "Encryption towards the SMTP server.", _one_of("none", "starttls", "tls")),
    Setting("MAIL_FROM", "Plateforme mobilité <ne-pas-repondre@mobilite.example>", "Sender of e-mails."),
    Setting("MAIL_REPLY_TO", "", "Address to which answers go (empty: none)."),
    Setting(
        "SMS_CHANNEL",
        "local",
        "How SMS leave: ovh, brevo, or local (kept in the message box page).",
        _one_of("local", "ovh", "brevo"),
    ),
    Setting("SMS_BASE_URL", "", "Base address of the SMS provider (empty: the provider's own)."),
    Setting("SMS_APP_KEY", "", "Application key (OVH) or API key (Brevo).", secret=True),
    Setting("SMS_APP_SECRET", "", "Application secret (OVH).", secret=True),
    Setting("SMS_CONSUMER_KEY", "", "Consumer key (OVH).", secret=True),
    Setting("SMS_SERVICE", "", "Name of the SMS service (OVH)."),
    Setting("SMS_SENDER", "", "Sender shown on the phone (empty: a number that can be answered)."),
    Setting(
        "SMS_INBOUND_TOKEN",
        "",
        "Token that the provider puts into its calls (replies, delivery reports); empty: refused.",
        secret=True,
    ),
    Setting("QUIET_FROM", "20:00", "Hour from which normal messages wait, Paris time.", time.fromisoformat),
    Setting("QUIET_UNTIL", "08:00", "Hour until which normal messages wait, Paris time.", time.fromisoformat),
    Setting(
        "OUTBOX_LEASE_SECONDS",
        "120",
        "Seconds after which a message claimed by a dead process is taken again.",
        _positive,
    ),
    Setting(
        "GEOCODER",
        "none",
        "Address search: ban (the national address base, needs internet) or none.",
        _one_of("ban", "none"),
    ),
    Setting("GEOCODER_DOMAIN", "data.geopf.fr/geocodage", "Host and path of the geocoder."),
    Setting("NETWORK_DIR", "", "Folder of the road networks (empty: `network/` in VAR_DIR)."),
    Setting(
        "ROUTING",
        "local",
        "Who computes journeys: local (the road network kept here), or a routing server: osrm, valhalla.",
        _one_of("local", "osrm", "valhalla"),
    ),
    Setting("ROUTING_URL", "", "Address of the routing server (http://host:port), wanted where there is one."),
    Setting("ROUTING_TIMEOUT_SECONDS", "2", "Seconds after which the local network answers instead.", _seconds),
    Setting("ROUTING_TABLE_SIZE", "100", "Most points that the routing server takes in one table.", _at_least(2)),
    Setting("ROUTING_MAX_SPEED_KMH", "130", "Fastest speed in the routing server's data, km/h.", _at_least(30)),
    Setting("MAP_TILES", "", "Address of map tiles with {z}, {x}, {y} (empty: our own drawing of the roads).", _tiles),
    Setting("MATCH_MAX_MB", "4", "Largest question to POST /api/v1/carpool/matches, in megabytes.", _positive),
    Setting("MATCH_MAX_PAIRS", "250000", "Most offers times requests in one such question.", _positive),
    Setting("OPERATOR_NAME", "Plateforme de mobilité inclusive", "Name of the organisation that runs the platform."),
    Setting("OPERATOR_LEGAL_FORM", "Association loi 1901", "Legal form of the operator."),
    Setting("OPERATOR_ADDRESS", "", "Postal address of the operator."),
    Setting("OPERATOR_EMAIL", "", "E-mail address of the operator."),
    Setting("OPERATOR_PHONE", "", "Phone number of the operator."),
    Setting("OPERATOR_DPO_EMAIL", "", "E-mail address of the data protection officer."),
    Setting("OPERATOR_PUBLICATION_DIRECTOR", "", "Director of publication named in the legal notice."),
    Setting("OPERATOR_HOSTING", "", "Hosting company named in the legal notice."),
)


def _secret_key(var_dir: Path) -> str:
    """Return the key kept in ``var_dir``, made on first use; whoever comes second reads the first one's."""
    path = var_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key


def load_settings(environ: Mapping[str, str] | None = None) -> dict[str, object]:
    """Read every setting. Raises ConfigError with the name and the reason of the first bad one."""
    source = os.environ if environ is None else environ
    values: dict[str, object] = {}
    for setting in SETTINGS:
        raw = source.get(setting.name, setting.default)
        try:
            values[setting.name] = setting.read(raw)
        except ValueError as error:
            raise ConfigError(f"{setting.name}: {error}") from error
    var_dir = Path(str(values["VAR_DIR"]) or default_var_dir()).resolve()
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"VAR_DIR: {var_dir} cannot be made ({error.strerror})") from error
    values["VAR_DIR"] = var_dir
    if not values["SECRET_KEY"]:
        values["SECRET_KEY"] = _secret_key(var_dir)
    if len(str(values["SECRET_KEY"])) < 32:
        raise ConfigError("SECRET_KEY: expected 32 characters or more")
    values["DATABASE_URL"] = str(values["DATABASE_URL"]) or f"sqlite:///{var_dir / 'mobility.sqlite'}"
    values["NETWORK_DIR"] = Path(str(values["NETWORK_DIR"]) or var_dir / "network").resolve()
    values["PUBLIC_URL"] = (str(values["PUBLIC_URL"]) or f"http://{values['HOST']}:{values['PORT']}").rstrip("/")
    secure = str(values["COOKIE_SECURE"])
    try:
        values["COOKIE_SECURE"] = _boolean(secure) if secure else str(values["PUBLIC_URL"]).startswith("https://")
    except ValueError as error:
        raise ConfigError(f"COOKIE_SECURE: {error}") from error
    return values
