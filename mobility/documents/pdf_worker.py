"""Work on one PDF in a process of its own: a hostile file may end the process, never the server.

``python -I -m mobility.documents.pdf_worker COMMAND JSON`` reads the file from its standard input and writes one line of
JSON, then bytes. Memory and processor time are bounded. Ends with the codes of ``apart.Exit``.
"""

from __future__ import annotations

import ctypes
import io
import json
import sys
from typing import Any

import pypdfium2 as pdfium
from PIL import ImageDraw
from pypdfium2 import raw

from mobility.documents.apart import Exit, Refused, answer, bound
from mobility.documents.rules import PER_MILLE, Mask

DPI = 150
MAX_SIDE = 2600
MOST_TEXT = 20_000
JPEG_QUALITY = 82
A4 = (595, 842)


def open_pdf(data: bytes) -> pdfium.PdfDocument:
    """Open a PDF. Raises Refused."""
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise Refused(Exit.LOCKED if locked else Exit.BROKEN) from error


def anew(source: pdfium.PdfDocument, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Copy the pages alone: no script, form, attachment or description of the source comes along."""
    if not 1 <= len(source) <= asked["most"]:
        raise Refused(Exit.TOO_LONG if len(source) else Exit.BROKEN)
    texts = []
    for number in range(len(source)):
        # Whatever stands on the page in fields and notes becomes part of its drawing, and is read with it.
        raw.FPDFPage_Flatten(source[number], raw.FLAT_PRINT)
        text = source[number].get_textpage()
        texts.append(text.get_text_range(0, min(text.count_chars(), MOST_TEXT)) if text.count_chars() else "")
    made = pdfium.PdfDocument.new()
    made.import_pages(source)
    return {"pages": len(source), "texts": texts}, _saved(made)


def draw(source: pdfium.PdfDocument, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return one page, counted from 1, as JPEG; the last one for a number beyond it."""
    if not len(source):
        raise Refused(Exit.BROKEN)
    page = min(max(asked["page"], 1), len(source))
    return {"pages": len(source)}, _jpeg(_pixels(source[page - 1]))


def burn(source: pdfium.PdfDocument, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return a PDF of pixels alone, with black boxes: ``masks`` are page, left, top, right, bottom in thousandths.

    The pages ``kept`` (from 1) stay as they are: what they say is still to be hidden.
    """
    made = pdfium.PdfDocument.new()
    for number in range(1, len(source) + 1):
        if number in asked["kept"]:
            made.import_pages(source, [number - 1])
            continue
        page = source[number - 1]
        width, height = _fit(*page.get_size())
        image = _pixels(page)
        pen = ImageDraw.Draw(image)
        for mask in _masks(asked, number):
            pen.rectangle(mask.box(*image.size), fill="black")
        sheet = made.new_page(width, height)
        picture = pdfium.PdfImage.new(made)
        picture.load_jpeg(io.BytesIO(_jpeg(image)), inline=True)
        picture.set_matrix(pdfium.PdfMatrix().scale(width, height))
        sheet.insert_obj(picture)
        sheet.gen_content()
    return {"pages": len(source)}, _saved(made)


def beside(source: pdfium.PdfDocument, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return by page the text that ``masks`` would leave, a block for each letter whose middle lies under one."""
    if any(not 1 <= one["page"] <= len(source) for one in asked["masks"]):
        raise Refused(Exit.BESIDE)
    return {"texts": [_text(source[page - 1], _masks(asked, page)) for page in range(1, len(source) + 1)]}, b""


def _masks(asked: dict[str, Any], page: int) -> list[Mask]:
    return [Mask(**one) for one in asked["masks"] if one["page"] == page]


def _text(page: pdfium.PdfPage, masks: list[Mask]) -> str:
    text = page.get_textpage()
    letters = []
    for index in range(min(text.count_chars(), MOST_TEXT)):
        left, bottom, right, top = text.get_charbox(index)
        x, y = ctypes.c_int(), ctypes.c_int()
        middle = (left + right) / 2, (bottom + top) / 2
        raw.FPDF_PageToDevice(page, 0, 0, PER_MILLE, PER_MILLE, 0, *middle, ctypes.byref(x), ctypes.byref(y))
        hidden = any(one.left <= x.value <= one.right and one.top <= y.value <= one.bottom for one in masks)
        code = raw.FPDFText_GetUnicode(text, index)
        letters.append("█" if hidden else chr(code) if code not in range(0xD800, 0xE000) else " ")
    return "".join(letters)


def count(_source: None, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the number of pages of each of the files at ``paths``; None for one that does not open."""
    found: list[int | None] = []
    for path in asked["paths"]:
        try:
            found.append(len(pdfium.PdfDocument(path)) or None)
        except pdfium.PdfiumError:
            found.append(None)
    return {"pages": found}, b""


def _fit(width: float, height: float) -> tuple[float, float]:
    """Return a page size that paper could have; a file may claim kilometres or nothing."""
    if not (width > 1 and height > 1):
        return A4
    scale = min(1.0, 1700 / max(width, height))
    return width * scale, height * scale


def _pixels(page: pdfium.PdfPage) -> Any:
    longest = max(page.get_size())
    scale = min(DPI / 72, MAX_SIDE / longest) if longest > 1 else 1.0
    return page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


def _jpeg(image: Any) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=JPEG_QUALITY)
    return kept.getvalue()


def _saved(made: pdfium.PdfDocument) -> bytes:
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


COMMANDS = {"anew": anew, "draw": draw, "beside": beside, "burn": burn}


def main(command: str, asked: dict[str, Any], data: bytes) -> tuple[Exit, dict[str, Any], bytes]:
    """Run one command; return how it ended, what it says and what it made."""
    try:
        if command == "count":
            return Exit.DONE, *count(None, asked)
        return Exit.DONE, *COMMANDS[command](open_pdf(data), asked)
    except Refused as refusal:
        return refusal.code, {}, b""
    except pdfium.PdfiumError:
        return Exit.BROKEN, {}, b""


if __name__ == "__main__":
    bound()
    answer(*main(sys.argv[1], json.loads(sys.argv[2]), sys.stdin.buffer.read()))
