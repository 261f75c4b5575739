"""Terms of which a table lacks some facts: open in every row, and what is missing differs from row to row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from matcher.catalogue import Catalogue
from matcher.finding import Matcher
from matcher.registry.batch import layout_of
from matcher.registry.engines import PolarsEngine
from matcher.registry.explaining import company_of_run
from matcher.registry.outcomes import OPEN, OUTCOME_BITS, OUTCOME_MASK, program
from tests.registry.conftest import Run

AS_OF = date(2025, 9, 1)
# 企业规模 is made of trade, people and revenue; of these the table has people alone.
ROWS = "统一社会信用代码,企业名称,注册地,从业人员\n{},甲,亳州市,20\n{},乙,亳州市,\n"
CODES = ("91340100MA2MR0GJ1D", "91340100MA2ABCDE0X")


def test_a_term_of_which_the_table_has_a_part(
    batch: Run, tmp_path: Path, catalogue: Catalogue
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out"
    source.write_text(ROWS.format(*CODES), encoding="utf-8")
    done = batch(source, "-o", out, "--as-of", AS_OF, "--open")
    assert done.exit_code == 0, done.output
    layout = layout_of(out)
    written = program(catalogue, catalogue.measures, layout, AS_OF)
    with PolarsEngine() as engine:
        engine.load(sorted((out / "facts").glob("*.arrow")), layout.columns(catalogue.vocabulary))
        outcomes = pl.concat(engine.rows(written.expression))
    lacking = set()
    for place, code in enumerate(outcomes.get_column("credit_code")):
        profile = company_of_run(out, code, catalogue.vocabulary).profile
        findings = {
            one.measure.id: one for one in Matcher(catalogue).match(profile, AS_OF).findings
        }
        for asked in written.asked:
            number = outcomes.get_column(asked.column)[place]
            if number & OUTCOME_MASK == OPEN:
                bits = number >> OUTCOME_BITS
                missing = {key for bit, key in enumerate(asked.facts) if bits >> bit & 1}
                assert missing == set(findings[asked.measure.id].missing), asked.measure.id
                lacking.add((code, "从业人员" in {key.attribute for key in missing}))
    assert {(CODES[0], False), (CODES[1], True)} <= lacking
    assert (CODES[0], True) not in lacking
