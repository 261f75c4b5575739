"""数据部门 brings a registry from the file to the lists: by mouse, without scripts, on a phone, in English."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from seeds.files import whole_file
from seeds.registry import write_registry
from tests.journeys.serving import City
from tests.journeys.test_desk_data import BARE, CODE, NAME, SETTINGS, WIDE, city, go
from tests.journeys.visits import Visit
from webapp.jobs import runner_of
from webapp.services.people.custodians import bind
from webapp.services.people.roles import Role

__all__ = ["city"]

pytestmark = pytest.mark.journey
TABLE = (
    "统一社会信用代码,企业名称,省,市,区县,高新技术企业,高企证书到期日,2025年研发费用,备注\n"
    f"{CODE},{NAME},安徽省,合肥市,蜀山区,是,2027-10-15,300,\n"
    "91340100MA2FGHJK12,合肥望江茶业有限公司,安徽省,合肥市,包河区,,,20,=1+1\n"
    "9134,短代码有限公司,安徽省,合肥市,包河区,是,,1,\n"
)


@pytest.fixture
def working(city: City) -> Iterator[City]:
    """A served desk whose jobs are done in threads beside it, as `mianshen serve` does them."""
    shared = city.app.extensions["mianshen"]
    shared.bell.answer(runner_of(shared))
    threads = shared.bell.consumer(workers=1)
    threads.start()
    yield city
    shared.bell.stop(threads)


def person(city: City, catalogue: Catalogue, name: str) -> Visit:
    """Sign somebody of 科技局 in."""
    who = city.house.person(Role.DATA, second=True, name=name)
    admin = city.house.person(Role.ADMIN, second=True, name="赵管理")
    assert who.id is not None
    words = catalogue.vocabulary
    bind(city.house.accounts, admin, who.id, ("科技局",), words, city.house.now)
    return city.visit(who, "data")


def wait(city: City, visit: Visit) -> None:
    """Wait for a job: its page goes on by itself, or by the link where there are no scripts."""
    for _ in range(80):
        link = visit.page.get_by_role("link", name=city.say("batches.refresh"), exact=True)
        if not link.count():
            return
        if city.setting.scripts:
            visit.page.wait_for_timeout(250)
        else:
            visit.page.wait_for_timeout(250)
            visit.follow(link)
    raise AssertionError("still at work")


@pytest.mark.parametrize("city", SETTINGS, indirect=True, ids=str)
def test_from_a_file_to_the_lists(working: City, catalogue: Catalogue, tmp_path: Path) -> None:
    city, data = working, person(working, catalogue, "李数据")
    page = go(data, "/desk/batches", "empty")
    data.follow(page.get_by_role("link", name=city.say("batches.new"), exact=True).last)
    data.check("new")
    city.button(data, "batches.go_on")
    data.titles.clear()
    data.check("no-file")
    file = tmp_path / "企业名录.csv"
    file.write_text(TABLE, encoding="utf-8")
    page.locator("#file").set_input_files(file)
    city.button(data, "batches.go_on")
    wait(city, data)
    data.check("columns")

    city.button(data, "batches.check")
    data.titles.clear()
    data.check("unit-missing")
    page.locator("select[name=unit-7]").select_option("万元")
    page.locator("#meaning-6").fill("高新技术企业有效期至")
    page.locator("#custodian").select_option("科技局")
    page.locator("#noted_on").fill("2026-11-01")
    city.button(data, "batches.check")
    wait(city, data)
    data.check("checked")
    assert city.say("batches.add_up", rows="3", accepted="2", refused="1") in page.content()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=city.say("batches.rejected_file")).click()
    back = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert "短代码" in back and NAME not in back

    page.locator("#name").fill("十一月名录")
    city.button(data, "batches.run", n="2")
    wait(city, data)
    data.check("done")
    with page.expect_download() as waiting:
        page.get_by_role("link", name=city.say("batches.get.matched_csv")).click()
    matched = list(csv.DictReader(io.StringIO(Path(waiting.value.path()).read_text("utf-8-sig"))))
    assert "hefei-2025/1.4" in {r["措施编号"] for r in matched if r["企业名称"] == NAME}
    go(data, "/desk/batches", "list")


@pytest.mark.parametrize("city", [WIDE, BARE], indirect=True, ids=str)
def test_a_larger_registry_shows_how_far_it_is(
    working: City, catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.desk.batches.PATIENCE", 0)
    city, data = working, person(working, catalogue, "李数据")
    file = tmp_path / "名录.parquet"
    with whole_file(file) as target:
        write_registry(target, ".parquet", 5_000, 7, 0.2, lambda _: None)
    page = go(data, "/desk/batches/new")
    page.locator("#file").set_input_files(file)
    city.button(data, "batches.go_on")
    wait(city, data)
    for select in page.locator("select[name^=unit-]").all():
        if not select.input_value():
            select.select_option("万元")
    city.button(data, "batches.check")
    data.titles.clear()
    data.check("at-work")
    wait(city, data)
    data.check("checked")
    city.button(data, "batches.run", n=page.locator(".tally dd").first.inner_text())
    data.titles.clear()
    data.check("matching")
    city.button(data, "batches.cancel")
    wait(city, data)
    data.titles.clear()
    data.check("cancelled")
