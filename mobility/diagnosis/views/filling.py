"""A block of questions, for whoever fills it in: one page that saves as a whole, and each answer by itself with htmx."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.clock import day_of, now
from mobility.core.errors import NotFound, RuleViolation
from mobility.diagnosis import queries, services
from mobility.diagnosis.answers import field_of, say
from mobility.diagnosis.conditions import items_in
from mobility.diagnosis.forms import block_form
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.queries import Filled, Given
from mobility.diagnosis.questionnaire import Block, Item
from mobility.diagnosis.rules import Author


@dataclass(frozen=True)
class Door:
    """Through which somebody fills in: who they are, what they see, where the pages are.

    ``page(block)`` and ``answer(item)`` give addresses, ``end`` where one goes after the last block. ``trusted`` is
    False behind a link: what the file or the adviser says is not shown there.
    """

    author: Author
    user_id: int | None
    page: Callable[[str], str]
    answer: Callable[[str], str]
    end: str
    back: tuple[str, str]
    layout: str
    trusted: bool = True

    @property
    def alone(self) -> bool:
        """Tell whether the person answers without the adviser."""
        return self.author is Author.PERSON


@dataclass(frozen=True)
class Question:
    """One question of a page."""

    item: Item
    shown: bool
    given: Given | None
    said: str
    known: bool
    """The file has answered: shown as such, and not asked again."""
    hidden_value: bool
    """Somebody has answered whom a link does not show."""
    moves_others: bool


def blocks_of(filled: Filled, door: Door) -> list[Block]:
    """Return the blocks in which the door asks something."""
    return [block for block in filled.questionnaire.blocks if any(_is_asked(item, door) for item in block.items)]


def _is_asked(item: Item, door: Door) -> bool:
    return item.tell is not None or not door.alone


def progress(filled: Filled, door: Door) -> list[dict[str, Any]]:
    """Return each block with how many of its questions are answered."""
    shown = {item.code for item in filled.asked}
    answers = filled.answers
    lines = []
    for block in blocks_of(filled, door):
        items = [item for item in block.items if item.code in shown and _is_asked(item, door)]
        done = sum(1 for item in items if item.code in answers)
        lines.append({"block": block, "done": done, "total": len(items), "url": door.page(block.code)})
    return lines


def questions(filled: Filled, block: Block, door: Door) -> list[Question]:
    """Return the questions of a block; those whose condition does not hold are kept in place, hidden."""
    shown = {item.code for item in filled.asked}
    asked_about = {
        code for item in filled.questionnaire.items.values() if item.when is not None for code in items_in(item.when)
    }
    found = []
    for item in block.items:
        if not _is_asked(item, door):
            continue
        given = filled.given.get(item.code)
        answered = given is not None and given.value is not None
        secret = answered and given is not None and not door.trusted and given.author is not Author.PERSON
        found.append(
            Question(
                item=item,
                shown=item.code in shown,
                given=given if answered else None,
                said=say(item, given.value) if answered and given is not None and not secret else "",
                known=answered and given is not None and given.author is Author.FILE,
                hidden_value=secret,
                moves_others=item.code in asked_about,
            )
        )
    return found


def fill_block(diagnosis_id: int, code: str, door: Door) -> ResponseReturnValue:
    """Show a block, or save it whole and go on. A question that the answers open is asked before going on."""
    row = queries.get_diagnosis(diagnosis_id)
    filled = queries.fill(row, today=day_of(now()))
    block = _block(filled, code, door)
    open_ones = [one for one in questions(filled, block, door) if one.shown and not one.hidden_value]
    shown_before = {one.item.code for one in open_ones}
    form = block_form([one.item for one in open_ones], alone=door.alone, shown=filled.answers)

    def act() -> list[str]:
        saved = services.save(
            diagnosis_id=diagnosis_id,
            values=form.answers(),
            author=door.author,
            user_id=door.user_id,
            now=now(),
            seen=form.seen_id(),
        )
        return list(saved.left)

    if form.submits(act):
        _tell_left(filled, form.result)
        filled = queries.fill(queries.get_diagnosis(diagnosis_id), today=day_of(now()))
        opened = [one for one in questions(filled, block, door) if one.shown and one.item.code not in shown_before]
        return redirect(door.page(code) + f"#q-{opened[0].item.code}" if opened else _next(filled, block, door), 303)
    return _page(row, filled, block, form, door), form.status


def _tell_left(filled: Filled, left: list[str]) -> None:
    if left:
        about = ", ".join(filled.questionnaire.items[one].about for one in left)
        flash(_("Quelqu’un d’autre a répondu entre-temps, sa réponse est gardée : %(about)s.", about=about), "info")


def _block(filled: Filled, code: str, door: Door) -> Block:
    block = next((one for one in blocks_of(filled, door) if one.code == code), None)
    if block is None:
        raise NotFound("block")
    return block


def _next(filled: Filled, block: Block, door: Door) -> str:
    blocks = blocks_of(filled, door)
    place = blocks.index(block)
    return door.page(blocks[place + 1].code) if place + 1 < len(blocks) else door.end


def _page(row: Diagnosis, filled: Filled, block: Block, form: Any, door: Door) -> str:
    all_questions = questions(filled, block, door)
    form.seen.data = str(max((one.id for one in filled.given.values()), default=0))
    blocks = blocks_of(filled, door)
    place = blocks.index(block)
    return render_template(
        "diagnosis/block.html",
        row=row,
        door=door,
        block=block,
        form=form,
        fields={one.item.code: form[name] for one in all_questions if (name := field_of(one.item.code)) in form},
        questions=all_questions,
        number=place + 1,
        count=len(blocks),
        previous=door.page(blocks[place - 1].code) if place else "",
        is_last=place + 1 == len(blocks),
    )


def _visible(filled: Filled, door: Door) -> Mapping[str, Any]:
    if door.trusted:
        return filled.answers
    return {
        code: one.value for code, one in filled.given.items() if one.author is Author.PERSON and one.value is not None
    }


def save_answer(diagnosis_id: int, code: str, door: Door) -> ResponseReturnValue:
    """Save one answer; answer with the question's own note, what it opens or closes, and what others have changed."""
    row = queries.get_diagnosis(diagnosis_id)
    before = queries.fill(row, today=day_of(now()))
    item = before.questionnaire.items.get(code)
    if item is None or not _is_asked(item, door):
        raise NotFound("item")
    form = block_form([item], alone=door.alone)
    try:
        if form.validate_on_submit():
            services.save(
                diagnosis_id=diagnosis_id, values=form.answers(), author=door.author, user_id=door.user_id, now=now()
            )
    except RuleViolation as violation:
        form.add_violation(violation)
    if form.errors_summary:
        messages = [message for *_beside, message in form.errors_summary]
        return render_template("diagnosis/_refused.html", code=code, messages=messages), 422
    after = queries.fill(queries.get_diagnosis(diagnosis_id), today=day_of(now()))
    block = next(one for one in after.questionnaire.blocks if item in one.items)
    was_shown = {one.item.code: one.shown for one in questions(before, block, door)}
    seen = form.seen_id()
    changed = [
        one
        for one in questions(after, block, door)
        if one.item.code != code
        and (
            one.shown != was_shown[one.item.code]
            or (one.given is not None and one.given.id > seen and _is_other(one.given, door))
        )
    ]
    mine = next(one for one in questions(after, block, door) if one.item.code == code)
    replaced = before.given.get(code)
    fields = block_form([one.item for one in changed], alone=door.alone, shown=_visible(after, door))
    return render_template(
        "diagnosis/_saved.html",
        row=row,
        door=door,
        question_=mine,
        replaced=replaced if replaced is not None and replaced.id > seen and _is_other(replaced, door) else None,
        changed=changed,
        fields={one.item.code: fields[field_of(one.item.code)] for one in changed},
        seen=max((one.id for one in after.given.values()), default=0),
    )


def _is_other(given: Given, door: Door) -> bool:
    return given.author is not door.author or given.user_id != door.user_id
