"""Places and trades as registries write them: as far as they are known, never wrongly."""

from __future__ import annotations

import polars as pl
import pytest

from matcher.catalogue import Catalogue
from matcher.profile import (
    FactKey,
)
from matcher.registry.places import COARSE, Places
from matcher.registry.sources import Chunk
from tests.registry.tables import Desk, reasons


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("合肥", "340100"),
        ("合肥市", "340100"),
        ("安徽省合肥市蜀山区", "340104"),
        ("安徽合肥蜀山区", "340104"),
        ("合肥市高新区", "hefei-gaoxin"),
        ("340104", "340104"),
        ("安徽省合肥市蜀山区望江西路800号", "340104"),
        ("安徽省合肥市经开区桃花工业园", "hefei-jingkai"),
        ("长丰（双凤）经济开发区", "hefei-shuangfeng"),
    ],
)
def test_a_place_in_one_text(desk: Desk, text: str, place: str) -> None:
    cleaned, cleaner = desk.clean({"注册地": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("注册地")) == (place,)
    assert cleaned.warnings == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [("安徽省合肥市不存在区", "340100"), ("上海市奉贤区南桥镇", "310000"), ("吉林", "220000")],
)
def test_an_unknown_district_leaves_its_city(desk: Desk, text: str, place: str) -> None:
    cleaned, cleaner = desk.clean({"注册地": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("注册地")) == (place,)
    assert cleaned.warnings == {f"注册地:{COARSE}": 1}


@pytest.mark.parametrize("text", ["南京路100号", "朝阳路", "火星", "北京路"])
def test_a_street_is_not_the_city_it_is_named_after(desk: Desk, text: str) -> None:
    assert reasons(desk.column("注册地", [text])) == {1: "没有这个地区"}


@pytest.mark.parametrize(
    ("parts", "place", "coarse"),
    [
        (("安徽", "合肥", "蜀山区"), "340104", False),
        (("安徽省", "合肥市", "合肥市蜀山区"), "340104", False),
        (("安徽", "合肥", None), "340100", False),
        (("安徽", "合肥", "-"), "340100", False),
        (("北京", "朝阳", None), "110000", True),
        (("江苏", "南京", "鼓楼区"), "320100", True),
        (("吉林", "吉林", None), "220200", False),
        (("吉林", None, None), "220000", False),
        (("安徽", "合肥", "蜀山区望江西路"), "340104", False),
        ((None, "合肥", None), "340100", False),
    ],
)
def test_a_place_in_several_columns(
    desk: Desk, parts: tuple[str | None, ...], place: str, coarse: bool
) -> None:
    names = ("所在省份", "地区", "区县")
    columns = {n: pl.Series([p], dtype=pl.String) for n, p in zip(names, parts, strict=True)}

    cleaned, cleaner = desk.clean(columns)

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("注册地")) == (place,)
    assert bool(cleaned.warnings) is coarse


def test_cutting_a_text_short_loses_no_place(catalogue: Catalogue) -> None:
    """Whatever names a place in full still does after the street has been cut off."""
    regions = catalogue.vocabulary.regions
    places = Places(regions)
    texts = set()
    for region in regions.by_id.values():
        above = sorted((regions.by_id[id_] for id_ in region.path), key=lambda r: len(r.path))
        chain = [item.name for item in above]
        texts |= {"".join(chain), "".join(chain[1:]), "".join(chain[-2:])}
        texts |= {n.removesuffix("市").removesuffix("省") for n in chain if len(n) > 2}
        texts |= {chain[0] + alias for alias in region.aliases} | set(region.aliases)
    named = sorted(text for text in texts if len(regions.find(text)) == 1)

    cut = places.cut(pl.Series(named)).to_list()

    assert len(named) > 1000
    for text, short in zip(named, cut, strict=True):
        assert places.alone(short)[0] is regions.find(text)[0], text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("6520 集成电路设计", "6520"),
        ("6520集成电路设计", "6520"),
        ("集成电路设计", "652"),
        ("6520", "6520"),
        ("I65", "65"),
        ("I", "I"),
        ("C39", "39"),
        ("集成电路设计(6520)", "6520"),
        ("信息传输、软件和信息技术服务业", "I"),
        (6520, "6520"),
        (6520.0, "6520"),
    ],
)
def test_a_trade_by_code_or_name(desk: Desk, text: object, code: str) -> None:
    cleaned, cleaner = desk.clean({"行业代码": [text]})

    assert desk.profiles(cleaned, cleaner)[0].value(FactKey("行业")) == (code,)


def test_several_trades_are_all_kept(desk: Desk) -> None:
    listed = pl.Series([["6520", "3973"]], dtype=pl.List(pl.String))
    for cells in (["6520;3973"], listed):
        cleaned, cleaner = desk.clean({"行业": cells})

        assert desk.profiles(cleaned, cleaner)[0].value(FactKey("行业")) == ("6520", "3973")


def test_a_trade_code_that_lost_its_zero_is_not_guessed(desk: Desk) -> None:
    """11 may be 大类 11 or 中类 011."""
    cleaned = desk.column("行业代码", pl.Series([11, 111, 6520]))

    assert 3 not in reasons(cleaned)
    assert "把这一列存为文本" in set(cleaned.faults["repair"])


def test_numbers_of_values_never_change(desk: Desk) -> None:
    """The dictionary grows over chunks, and a resumed run goes on with it."""
    cleaner, frame = desk.cleaner({"注册地": ["合肥", "亳州", "合肥"]})
    first = cleaner.clean(Chunk(1, frame)).facts["registered_region"].to_list()
    later = frame.with_columns(pl.Series("注册地", ["芜湖", "亳州", "合肥"]))
    second = cleaner.clean(Chunk(4, later)).facts["registered_region"].to_list()

    resumed, _ = desk.cleaner({"注册地": ["x"]})
    resumed.restore({k: [list(v) for v in vs] for k, vs in cleaner.layout.dictionaries.items()})
    again = resumed.clean(Chunk(4, later)).facts["registered_region"].to_list()

    assert first == [first[0], first[1], first[0]]
    assert second[1:] == [first[1], first[0]]
    assert again == second
