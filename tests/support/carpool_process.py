"""A process of a server, for tests: asked over its standard input, one JSON list a line, for detours and for changes.

["ask", [3.48, 50.39], [3.6, 50.38]]   → the network's version, and [key, detour] of every trip found
["put", key, from, to, margin]         → how many changed
    ["drop", key]                          → how many there were
["save"]                               → how many trips the snapshot holds
"""

from __future__ import annotations

import json
import sys
from typing import Any

from mobility.app import create_app
from mobility.carpool import index
from mobility.carpool.services import drop_trips, put_trips
from mobility.core import jobs
from mobility.core.db import db, end_read
from mobility.geo import networks
from tests.factories.carpool import NOW, a_trip


def answer(verb: str, *arguments: Any) -> Any:
    """Do what is asked, as a request would."""
    if verb == "ask":
        found = index.in_use().detours(*(tuple(point) for point in arguments))
        pairs = zip(found.key.tolist(), found.detour.tolist(), strict=True)
        return [networks.in_use().version, [list(pair) for pair in pairs]]
    if verb == "put":
        key, origin, destination, margin = arguments
        return put_trips(trips=[a_trip(key, origin=origin, destination=destination, max_detour_seconds=margin)])
    if verb == "drop":
        return drop_trips(keys=arguments, now=NOW)
    done = jobs.run("carpool_save_index")
    return done.error or done.counts["trips"]


def main() -> None:
    """Answer until the input ends."""
    app = create_app()
    with app.app_context():
        for line in sys.stdin:
            print(json.dumps(answer(*json.loads(line))), flush=True)
            end_read()
        db.engine.dispose()


if __name__ == "__main__":
    main()
