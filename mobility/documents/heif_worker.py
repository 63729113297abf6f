"""A telephone's HEIC photograph as JPEG, in a process of its own (see ``apart``): its decoder reads a stranger's bytes.

``python -I -m mobility.documents.heif_worker jpeg JSON`` reads the file from its standard input. Of several pictures in
one file the first counts. The decoder itself sets the picture upright; nothing but its pixels comes along.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

from PIL import Image
from pillow_heif import register_heif_opener

from mobility.documents.apart import Exit, answer, bound

# Made anew once more by whoever asked: nothing is to be lost twice.
QUALITY = 95


def main(asked: dict[str, Any], data: bytes) -> tuple[Exit, dict[str, Any], bytes]:
    """Return the picture, its longest side at most ``asked["side"]``; none of more than ``asked["most"]`` pixels."""
    register_heif_opener(thumbnails=False, decode_threads=1)
    try:
        with Image.open(io.BytesIO(data), formats=["HEIF"]) as source:
            width, height = source.size
            if width * height > asked["most"]:
                return Exit.TOO_LARGE, {}, b""
            picture = source.convert("RGB")
            picture.thumbnail((asked["side"], asked["side"]), Image.Resampling.LANCZOS)
            kept = io.BytesIO()
            picture.save(kept, "JPEG", quality=QUALITY, exif=b"")
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, IndexError, Image.DecompressionBombError):
        return Exit.BROKEN, {}, b""
    return Exit.DONE, {"width": width, "height": height}, kept.getvalue()


if __name__ == "__main__":
    bound()
    answer(*main(json.loads(sys.argv[2]), sys.stdin.buffer.read()))
