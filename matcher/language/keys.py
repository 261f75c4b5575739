"""The keys of rule files, listed once: the reader asks by them, editors are told of them.

A table says for each key what may stand under it, whether it must be there, and in the words of the
author what it is for. `Entry` refuses keys outside its table; `matcher.language.schema` writes the
tables as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Says(Enum):
    """What stands under a key."""

    TEXT = auto()  # one line of text
    WORD = auto()  # one word of a closed list
    WORDS = auto()  # one word of a closed list, or several
    LINES = auto()  # one line of text, or several
    DATE = auto()
    COUNT = auto()  # a whole number from 1
    CONDITION = auto()
    CONDITIONS = auto()  # one condition, or a list of which each counts by itself
    ENTRY = auto()  # a mapping of the inner table
    ENTRIES = auto()  # a list of such mappings
    TEXT_OR_ENTRY = auto()


@dataclass(frozen=True, slots=True)
class Key:
    """One key: what it holds, what it is for, whether it is needed, and its list or inner table."""

    name: str
    says: Says
    help: str
    needed: bool = False
    words: str = ""
    inner: Table | None = None


Table = Mapping[str, Key]


def table(*keys: Key) -> Table:
    """Make a table of keys."""
    return {key.name: key for key in keys}


# --- conditions ----------------------------------------------------------------------------------

ALL, ANY, NOT, AT_LEAST, WHEN, THEN, REFER = "全部", "任一", "非", "至少", "当", "则", "引用"
CONDITION = "条件"
BASIS, NAMED, TITLE = "性质", "条件定义", "资质"

AT_LEAST_KEYS = table(
    Key("项数", Says.COUNT, "至少要满足几项", needed=True),
    Key("其中", Says.CONDITIONS, "供挑选的条件,一项一行", needed=True),
)
# One of these stands alone in a mapping, 当 with its 则.
STRUCTURE = table(
    Key(ALL, Says.CONDITIONS, "每一项都要满足;直接写成列表也一样"),
    Key(ANY, Says.CONDITIONS, "满足其中一项即可"),
    Key(NOT, Says.CONDITION, "不满足;不知道时仍是不知道"),
    Key(AT_LEAST, Says.ENTRY, "满足其中若干项", inner=AT_LEAST_KEYS),
    Key(WHEN, Says.CONDITION, "在这种情形下才要求“则”"),
    Key(REFER, Says.WORD, "引用一处定义好的条件", words=NAMED),
)
# Those of which several may stand side by side in the 条件 of a measure.
JOINTS = {name: key for name, key in STRUCTURE.items() if name != WHEN}
WHEN_KEYS = table(
    Key(WHEN, Says.CONDITION, "在这种情形下才要求“则”", needed=True),
    Key(THEN, Says.CONDITION, "这种情形下要满足的条件", needed=True),
)
LONG_KEYS = table(
    Key(CONDITION, Says.CONDITION, "一条条件", needed=True),
    Key("依据", Says.TEXT, "这条条件所据的原字,须在本措施的依据之内"),
    Key(BASIS, Says.WORD, "原文写明、原文隐含,还是通行要求", words=BASIS),
    Key("解读", Says.TEXT, "为什么这样理解,一句话"),
)

# --- clause files --------------------------------------------------------------------------------

PASSAGE_KEYS = table(
    Key("依据", Says.TEXT, "原文,逐字抄写;分几段的用“…”连接", needed=True),
    Key("第", Says.COUNT, "这段文字在本条里不止一处时,是第几处"),
    Key("理由", Says.WORD, "为什么不是措施", needed=True, words="非措施理由"),
)
DOUBT_KEYS = table(
    Key("取法", Says.TEXT, "现在怎样理解"),
    Key("理由", Says.TEXT, "哪里不明确"),
)
PERIOD_KEYS = table(
    Key("自", Says.DATE, "从哪天起"),
    Key("至", Says.DATE, "到哪天止,含当天"),
)
MEASURE_KEYS = table(
    Key("编号", Says.TEXT, "<条款的阿拉伯数字>.<序号>,公布后不再改动", needed=True),
    Key("名称", Says.TEXT, "一句短语,说明给谁什么", needed=True),
    Key("对象", Says.WORD, "谁受益,不写为企业", words="对象"),
    Key("适用", Says.WORD, "不写为本地企业", words="适用"),
    Key("类型", Says.WORD, "不写为支持", words="类型"),
    Key("依据", Says.TEXT, "原文,逐字抄写;分几段的用“…”连接(细化的措施沿用上级的依据)"),
    Key("第", Says.COUNT, "这段文字在本条里不止一处时,是第几处"),
    Key("支持方式", Says.WORDS, "给什么", words="支持方式"),
    Key("兑付依据", Says.WORD, "金额由什么决定", needed=True, words="兑付依据"),
    Key(CONDITION, Says.CONDITION, "企业要满足什么;几个结构键并列时都要满足", inner=JOINTS),
    Key("除外", Says.CONDITIONS, "原文写明不给的情形,符合其一即排除"),
    Key("细化", Says.TEXT, "本措施细化的是哪项措施,写它的编号"),
    Key("目标资质", Says.WORD, "引导企业争取的资质", words=TITLE),
    Key("目标级别", Says.TEXT, "争取到哪一级才算达成,不写为任一级"),
    Key("面向全体", Says.TEXT, "为什么除地域外没有条件"),
    Key("承诺", Says.LINES, "兑现时要作的承诺,只展示和记录"),
    Key("牵头单位", Says.LINES, "原文写在条末的不用重复"),
    Key("施行期间", Says.ENTRY, "与文件不同的施行期间", inner=PERIOD_KEYS),
    Key("解读", Says.TEXT, "怎样理解这段文字,一句话"),
    Key("存疑", Says.TEXT_OR_ENTRY, "文字有两可之处:取法和理由", inner=DOUBT_KEYS),
    Key("来源", Says.TEXT, "细化规则的出处"),
)
CLAUSE_KEYS = table(
    Key("条款", Says.TEXT, "条款号,照原文写", needed=True),
    Key("标题", Says.TEXT, "条款标题,照原文写", needed=True),
    Key("措施", Says.ENTRIES, "本条的支持措施,按原文先后", inner=MEASURE_KEYS),
    Key("非措施", Says.ENTRIES, "本条里不是措施的文字", inner=PASSAGE_KEYS),
)

# --- document.yaml and national conditions --------------------------------------------------------

DOCUMENT_KEYS = table(
    Key("编号", Says.TEXT, "英文、数字和短横,不写为目录名"),
    Key("名称", Says.TEXT, "文件名称", needed=True),
    Key("文号", Says.TEXT, "发文字号"),
    Key("发文机关", Says.TEXT, "发文机关全称"),
    Key("印发日期", Says.DATE, "落款日期", needed=True),
    Key("施行日期", Says.DATE, "写明的施行日期,不写自印发日起"),
    Key("失效日期", Says.DATE, "写明的失效日期,含当天"),
    Key("来源", Says.TEXT, "文本从哪里来"),
    Key("原文", Says.TEXT, "原文文件的相对路径", needed=True),
    Key("条款格式", Says.TEXT, "条款标题在原文里的样子,如 {条款}、{标题}。"),
    Key("范围", Says.CONDITION, "每项措施都要的地域条件,性质为隐含"),
    Key("拟落地", Says.CONDITION, "适用“本地或拟落地”的措施,另可满足的地域条件"),
    Key("非措施", Says.ENTRIES, "条款以外的文字", inner=PASSAGE_KEYS),
)
DEFINITION_KEYS = table(
    Key("名称", Says.TEXT, "引用时写的名称", needed=True),
    Key(CONDITION, Says.CONDITION, "条件", needed=True),
    Key("来源", Says.TEXT, "出自哪份文件"),
    Key("说明", Says.TEXT, "说明"),
    Key("存疑", Says.TEXT, "待核对的地方"),
)
GENERAL_KEYS = table(
    Key("名称", Says.TEXT, "名称", needed=True),
    Key("编号", Says.TEXT, "英文编号", needed=True),
    Key("排除", Says.CONDITION, "符合即排除", needed=True),
    Key("来源", Says.TEXT, "出自哪份文件", needed=True),
    Key("存疑", Says.TEXT, "待核对的地方"),
    Key("英文", Says.TEXT, "英文名称"),
)
NATIONAL_KEYS = table(
    Key(NAMED, Says.ENTRIES, "各措施可以引用的条件", inner=DEFINITION_KEYS),
    Key("通行条件", Says.ENTRIES, "原文没有写而发放时通行的要求", inner=GENERAL_KEYS),
)
STANDARD_KEYS = table(
    Key("称号", Says.WORD, "认定的是哪个称号", needed=True, words=TITLE),
    Key("编号", Says.TEXT, "英文编号,带版本的年份", needed=True),
    Key("文件", Says.TEXT, "文件名称"),
    Key("文号", Says.TEXT, "发文字号", needed=True),
    Key("条号", Says.TEXT, "第几条或哪个附件", needed=True),
    Key("施行期间", Says.ENTRY, "按这一版认定的期间", needed=True, inner=PERIOD_KEYS),
    Key("核对", Says.WORD, "是否有人对照过原文", needed=True, words="核对"),
    Key("次年更新", Says.TEXT, "取得称号的次年最迟哪天更新,写月-日"),
    Key("来源", Says.TEXT, "出自哪里", needed=True),
    Key(CONDITION, Says.CONDITION, "认定条件;几个结构键并列时都要满足", needed=True, inner=JOINTS),
    Key("解读", Says.TEXT, "怎样理解这份标准"),
    Key("存疑", Says.TEXT, "待核对的地方"),
)
