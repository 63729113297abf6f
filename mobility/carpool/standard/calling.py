"""Other services over HTTP: addresses of the open internet alone, a few seconds in all, and none that keeps failing.

``geo.travel.transport`` already trusts a server with nothing (no redirect, a bound on size, one deadline). Here it is
also held to public addresses: the name is looked up once, and what it leads to is what is connected to.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import structlog

from mobility.geo.errors import EngineDown
from mobility.geo.travel.breaker import Breaker
from mobility.geo.travel.transport import Answer, Deadline, RoutingServer

log = structlog.get_logger(__name__)
SECONDS = 4.0
MOST_BYTES = 1024 * 1024
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is asked: how to reach it, and with which key. ``private``: inner addresses are allowed."""

    id: int
    name: str
    base_url: str
    key: str
    private: bool = False


class OperatorServer(RoutingServer):
    """One service."""

    setting = "base_url"

    def __init__(self, service: Service) -> None:
        super().__init__(service.base_url, max_answer_bytes=MOST_BYTES)
        self._headers["X-API-Key"] = service.key
        self._private = service.private

    def patch(self, path: str, deadline: Deadline) -> Answer:
        """Return the answer to a PATCH without a body. Raises EngineDown."""
        return self._ask(self._request("PATCH", path), deadline)

    def _addresses(self, deadline: Deadline) -> list[Any]:
        found = super()._addresses(deadline)
        if not self._private and not all(is_public(str(address[0])) for *_rest, address in found):
            raise EngineDown(reason="private_address")
        return found

    def _parse(self, body: bytes) -> Any:
        # The standard gives no content to most of its answers.
        return super()._parse(body) if body.strip() else None


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet; those that hide another one inside are judged by it."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast


_breakers: dict[tuple[int, str], Breaker] = {}
_lock = threading.Lock()


def breaker_of(service: Service) -> Breaker:
    """Return the breaker of a service; another address is another service."""
    with _lock:
        return _breakers.setdefault((service.id, service.base_url), Breaker())


def call(service: Service, method: str, path: str, deadline: Deadline, body: Mapping[str, Any] | None = None) -> Answer:
    """Return what a service answers; ``body`` is posted. Raises EngineDown, at once where it has kept failing."""
    breaker = breaker_of(service)
    if not breaker.may_ask(time.monotonic()):
        raise EngineDown(reason="breaker_open")
    server = OperatorServer(service)
    try:
        if body is not None:
            answer = server.post(path, body, deadline)
        else:
            answer = server.patch(path, deadline) if method == "PATCH" else server.get(path, deadline)
    except EngineDown:
        breaker.failed(time.monotonic())
        raise
    finally:
        server.close()
    if answer.status >= 500 or answer.status == 429:
        breaker.failed(time.monotonic())
        raise EngineDown(reason=f"status_{answer.status}")
    breaker.succeeded()
    return answer


def ask_all(services: Sequence[Service], path: str, query: Mapping[str, Any]) -> dict[int, Any]:
    """Ask services side by side; by id what each answered, None where it did not (in time, or at all)."""
    deadline = Deadline(SECONDS)
    wanted = f"{path}?{urlencode(query)}"

    def one(service: Service) -> Any:
        try:
            answer = call(service, "GET", wanted, deadline)
        except EngineDown as error:
            log.info("carpool_service_silent", service=service.id, reason=error.reason)
            return None
        if answer.status != 200:
            log.info("carpool_service_refuses", service=service.id, status=answer.status)
            return None
        return answer.body

    if not services:
        return {}
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(services))) as pool:
        return dict(zip([service.id for service in services], pool.map(one, services), strict=True))


def tell_status(service: Service, uuid: str, status: str) -> bool:
    """Tell a service what became of its booking; tell whether it knows now (409: it knew)."""
    path = f"/bookings/{quote(uuid, safe='')}?{urlencode({'status': status})}"
    try:
        answer = call(service, "PATCH", path, Deadline(SECONDS))
    except EngineDown as error:
        log.info("carpool_service_silent", service=service.id, reason=error.reason)
        return False
    return answer.status in {200, 204, 409}


def send_message(service: Service, body: Mapping[str, Any]) -> bool:
    """Send a message to a user of a service; tell whether it has it. One whom it does not know (404) is not asked again."""
    try:
        answer = call(service, "POST", "/messages", Deadline(SECONDS), body)
    except EngineDown as error:
        log.info("carpool_service_silent", service=service.id, reason=error.reason)
        return False
    return answer.status in {200, 201, 204, 404}
