"""``mobility microcredit``: answers on standard output; whatever cannot be meant is one line and status 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.cli import main
from mobility.microcredit import flowfile
from mobility.microcredit.errors import BadFlows
from mobility.people.rules import add_months
from tests.unit.microcredit.test_schedule import DAY

Run = Callable[..., tuple[int, str, str]]
DRAWN = {"date": "2026-01-05", "amount_cents": 300000}
PAID = {"date": "2027-01-05", "amount_cents": 312000}
FLOWS: dict[str, Any] = {"drawdowns": [DRAWN], "payments": [PAID], "basis": "actual"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return int(str(ended.value.code)), shown.out, shown.err

    return call


def _flows(months: int, level: int, last: int, basis: str) -> dict[str, Any]:
    payments = [
        {"date": add_months(DAY, number).isoformat(), "amount_cents": last if number == months else level}
        for number in range(1, months + 1)
    ]
    return {"drawdowns": [{"date": DAY.isoformat(), "amount_cents": 300000}], "payments": payments, "basis": basis}


@pytest.mark.parametrize(
    ("flows", "apr"),
    [
        (FLOWS, "4.0000"),
        (_flows(36, 8857, 8864, "months"), "4.0741"),
        (_flows(36, 8724, 8738, "months"), "3.0417"),
        ({**FLOWS, "payments": [{"date": "2026-01-05", "amount_cents": 0}, {**PAID, "amount_cents": 300000}]}, "0.0000"),
        (
            {
                "drawdowns": [DRAWN, {"date": "2027-01-05", "amount_cents": 100000}],
                "payments": [{"date": "2028-01-05", "amount_cents": 428480}],
                "basis": "actual",
            },
            "4.0000",
        ),
    ],
)  # fmt: skip
def test_the_rate_of_a_file_is_printed(run: Run, tmp_path: Path, flows: dict[str, Any], apr: str) -> None:
    file = tmp_path / "flows.json"
    file.write_text(json.dumps(flows))
    assert run("microcredit", "apr", file) == (0, json.dumps({"apr_percent": apr}) + "\n", "")


def _with(**changes: object) -> str:
    return json.dumps({**FLOWS, **changes})


BAD = {
    "empty": "",
    "no json": "hello",
    "a list": "[]",
    "null": "null",
    "not utf-8": b"\xff\xfe{",
    "deep": "[" * 100_000,
    "no basis": json.dumps({"drawdowns": [DRAWN], "payments": [PAID]}),
    "another basis": _with(basis="weeks"),
    "basis of a wrong type": _with(basis=["actual"]),
    "no drawdown": _with(drawdowns=[]),
    "drawdowns missing": json.dumps({"payments": [PAID], "basis": "actual"}),
    "no payment": _with(payments=[]),
    "payments an object": _with(payments={}),
    "payment a number": _with(payments=[3]),
    "nan": _with(payments=[{**PAID, "amount_cents": float("nan")}]),
    "infinity": _with(payments=[{**PAID, "amount_cents": float("inf")}]),
    "negative": _with(payments=[{**PAID, "amount_cents": -1}]),
    "negative drawdown": _with(drawdowns=[{**DRAWN, "amount_cents": -300000}]),
    "nothing drawn": _with(drawdowns=[{**DRAWN, "amount_cents": 0}]),
    "fraction": _with(payments=[{**PAID, "amount_cents": 312000.5}]),
    "text": _with(payments=[{**PAID, "amount_cents": "312000"}]),
    "true": _with(payments=[{**PAID, "amount_cents": True}]),
    "huge": _with(payments=[{**PAID, "amount_cents": 10**30}]),
    "thousands of digits": _with().replace("312000", "9" * 9000),
    "amount missing": _with(payments=[{"date": "2027-01-05"}]),
    "date missing": _with(payments=[{"amount_cents": 1}]),
    "no such day": _with(payments=[{**PAID, "date": "2026-02-30"}]),
    "a week": _with(payments=[{**PAID, "date": "2027-W01-1"}]),
    "an instant": _with(payments=[{**PAID, "date": "2027-01-05T00:00:00Z"}]),
    "date a number": _with(payments=[{**PAID, "date": 20270105}]),
    "year 1": _with(payments=[{**PAID, "date": "0001-01-01"}]),
    "unordered": _with(payments=[PAID, {**PAID, "date": "2026-06-05"}]),
    "unordered drawdowns": _with(drawdowns=[{**DRAWN, "date": "2026-06-05"}, DRAWN]),
    "paid before": _with(payments=[{**PAID, "date": "2025-12-31"}]),
    "no root": _with(payments=[{**PAID, "amount_cents": 299999}]),
    "paid back the same day": _with(payments=[{**PAID, "date": "2026-01-05"}]),
    "beyond any rate": _with(payments=[{"date": "2026-01-06", "amount_cents": 10**10}]),
    "a field twice": '{"basis": "actual", "basis": "months"}',
    "a field that nobody reads": _with(fees=[DRAWN]),
    "a misspelt field": _with(payment=[PAID]),
    "a flow with more": _with(payments=[{**PAID, "fee_cents": 100}]),
    "too many": _with(payments=[PAID] * 10_001),
}  # fmt: skip


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_bad_flows_end_in_one_clear_line_and_status_2(run: Run, tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "flows.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, err = run("microcredit", "apr", file)
    assert (status, out) == (2, "")
    assert err.startswith("mobility: ")
    assert err.count("\n") == 1
    assert len(err) < 300
    assert "Traceback" not in err


def test_a_file_that_cannot_be_read_ends_in_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (tmp_path / "absent.json", tmp_path):
        status, out, err = run("microcredit", "apr", place)
        assert (status, out, err.count("\n")) == (2, "", 1)
    assert "cannot be read" in run("microcredit", "apr", "/proc/self/mem")[2]
    monkeypatch.setattr(flowfile, "MAX_BYTES", 10)
    with pytest.raises(BadFlows, match="longer"):
        flowfile.parse(b" " * 11)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["drawdowns", "payments", "basis", "date", "amount_cents"]), inner)
        ),
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:  # fmt: skip
    try:
        flowfile.parse(json.dumps(value).encode())
    except BadFlows as error:
        assert str(error)


def test_the_schedule_is_printed(run: Run) -> None:
    status, out, err = run("microcredit", "schedule", "--amount-cents", 300000, "--rate", "4", "--months", 36)
    answer = json.loads(out)
    rows = answer.pop("schedule")
    assert (status, err, len(rows)) == (0, "", 36)
    assert answer == {
        "amount_cents": 300000, "rate_percent": "4", "months": 36, "instalment_cents": 8857, "last_cents": 8864,
        "interest_cents": 18859, "total_cents": 318859, "apr_percent": "4.0741",
    }  # fmt: skip
    assert rows[0] == {
        "number": 1, "payment_cents": 8857, "interest_cents": 1000, "principal_cents": 7857, "balance_cents": 292143,
    }  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        ("--amount-cents", "0", "--rate", "4", "--months", "36"),
        ("--amount-cents", "-1", "--rate", "4", "--months", "36"),
        ("--amount-cents", "3.5", "--rate", "4", "--months", "36"),
        ("--amount-cents", "9" * 30, "--rate", "4", "--months", "36"),
        ("--amount-cents", "1_000", "--rate", "4", "--months", "36"),
        ("--amount-cents", "٣٠٠", "--rate", "4", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "1_0", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "-0", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "4,5", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "NaN", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "-0.1", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "1e9", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "0.0000001", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "four", "--months", "36"),
        ("--amount-cents", "300000", "--rate", "4", "--months", "0"),
        ("--amount-cents", "300000", "--rate", "4", "--months", "601"),
        ("--amount-cents", "300000", "--rate", "4"),
    ],
)
def test_terms_that_no_loan_has_end_in_one_line_and_status_2(run: Run, options: tuple[str, ...]) -> None:
    status, out, err = run("microcredit", "schedule", *options)
    assert (status, out, err.count("\n")) == (2, "", 1)
