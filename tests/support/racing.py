"""Many people at once, each in a browser of their own, against a server of several processes."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
CLIENTS = 64
PROCESSES = 4
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Page:
    """What a server answered: its hidden fields and the hours that it offers are those of its forms."""

    path: str
    status: int
    cookie: str
    text: str
    hidden: Mapping[str, str] = field(default_factory=dict)
    slots: Sequence[str] = ()


def ask(port: int, path: str, *, cookie: str = "", sent: Mapping[str, Any] | None = None) -> Page:
    """Open a page, or send a form to it; the cookie goes on from page to page."""
    headers = {"Cookie": cookie} if cookie else {}
    body = None
    if sent is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(sent)
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("GET" if sent is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        given = (answer.getheader("Set-Cookie") or "").split(";")[0]
    hidden = dict(re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]+)"', text))
    return Page(path, answer.status, given or cookie, text, hidden, re.findall(r'name="slot" value="([\d.]+)"', text))


def send(port: int, page: Page, **fields: Any) -> Page:
    """Send the form of a page."""
    return ask(port, page.path, cookie=page.cookie, sent={**page.hidden, **fields})


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    """Let everybody act at the same moment, each in a thread; return what each got, in order. Raises what one raised."""
    barrier = threading.Barrier(len(acts))

    def start(act: Callable[[], T]) -> T:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(max_workers=len(acts)) as threads:
        return list(threads.map(start, acts))


def open_all(port: int, paths: Sequence[str], cookies: Sequence[str] | None = None) -> list[Page]:
    """Open pages, everybody theirs; all must be there."""
    cookies = cookies or [""] * len(paths)
    pages = at_once([partial(ask, port, path, cookie=cookie) for path, cookie in zip(paths, cookies, strict=True)])
    for page in pages:
        assert page.status == 200, page.text
    return pages
