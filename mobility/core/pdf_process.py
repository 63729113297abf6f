"""One heavy paper in a process of its own: what it takes of memory goes back when it ends, and a limit ends it alone.

``python -I -m mobility.core.pdf_process`` reads what ``core.pdf.render_apart`` asks as JSON from its standard input.
"""

from __future__ import annotations

import json
import resource
import sys

from mobility.core.pdf import write_with_files

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    memory, seconds = asked["limits"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    write_with_files(asked)
