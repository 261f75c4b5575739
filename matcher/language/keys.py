"""The keys of rule files, listed once: the reader asks by them, editors are told of them.

A table says for each key what may stand under it, whether it must be there, and in the words of the
author what it is for. `Entry` refuses keys outside its table; `matcher.language.schema` writes the
tables as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from matcher.language.diagnostics import KINDS


class Says(Enum):
    """What stands under a key."""

    TEXT = auto()  # one line of text
    WORD = auto()  # one word of a closed list
    WORDS = auto()  # one word of a closed list, or several
    LINES = auto()  # one line of text, or several
    DATE = auto()
    COUNT = auto()  # a whole number from 1
    FLAG = auto()  # 是 or 否
    CONDITION = auto()
    CONDITIONS = auto()  # one condition, or a list of which each counts by itself
    ENTRY = auto()  # a mapping of the inner table
    ENTRIES = auto()  # a list of such mappings
    ENTRY_OR_ENTRIES = auto()
    TEXT_OR_ENTRY = auto()
    AMOUNT = auto()  # how much: a sentence or a mapping of one form
    AMOUNTS = auto()  # one amount, or a list of them
    BANDS = auto()  # a list of [bound, amount]
    CASES = auto()  # a list of {当, 则} and at last {其余}
    AXES = auto()  # the sides of a table
    CELLS = auto()  # the cells of a table, nested by side
    SHARES = auto()  # a list of shares


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

# --- amounts -------------------------------------------------------------------------------------

BANDS, CELLS, REST = "档", "格", "其余"
BASE, FACTOR, FLOOR, CAP = "基数", "系数", "不低于", "不超过"
# One of these says what kind of amount a mapping is; the keys beside it belong to that kind.
AMOUNT_FORMS: Mapping[str, Table] = {
    "金额": table(Key("金额", Says.AMOUNT, "一句金额,为的是在旁边写限额或系数", needed=True)),
    "阶梯": table(
        Key("阶梯", Says.TEXT, "看哪个数落在哪一档,整个金额按那一档", needed=True),
        Key(BANDS, Says.BANDS, "一档一行 [≥ 5 亿元, 50 万元],从高到低或从低到高", needed=True),
    ),
    "累进": table(
        Key("累进", Says.TEXT, "把哪个数切成几段,各段各算再相加", needed=True),
        Key(BANDS, Says.BANDS, "一段一行 [1000 平方米, 率],写每段到哪里为止", needed=True),
    ),
    "情形": table(Key("情形", Says.CASES, "一种情形一行 {当: …, 则: …},先符合的算", needed=True)),
    "表": table(
        Key("表", Says.AXES, "一到三个方面:单选指标的名称,或 名称: {格名: 条件}", needed=True),
        Key(CELLS, Says.CELLS, "格名: 金额;几个方面时一层套一层,没有的格就是不适用", needed=True),
    ),
    "和": table(Key("和", Says.AMOUNTS, "几笔相加", needed=True)),
    "取最大": table(Key("取最大", Says.AMOUNTS, "几个数里最大的", needed=True)),
    "取最小": table(Key("取最小", Says.AMOUNTS, "几个数里最小的", needed=True)),
    "最高": table(Key("最高", Says.AMOUNT, "只写了最高额:算出来的是上限,不是应得", needed=True)),
    "逐项": table(
        Key("逐项", Says.TEXT, "对哪种记录一项一项地算", needed=True),
        Key(CONDITION, Says.CONDITION, "只算符合条件的记录"),
        Key("每项", Says.AMOUNT, "每一项的金额,用记录里的栏目来写", needed=True),
    ),
    "逐年": table(
        Key("逐年", Says.AMOUNTS, "第 1 年、第 2 年……各是多少", needed=True),
        Key("自", Says.TEXT, "从哪个日期指标的那一年算第 1 年", needed=True),
        Key("计年", Says.WORD, "数到哪一年,不写为付款那年", words="计年口径"),
    ),
}
CASE_KEYS = table(
    Key("名称", Says.TEXT, "这种情形叫什么"),
    Key(WHEN, Says.CONDITION, "什么时候算这一种", needed=True),
    Key(THEN, Says.AMOUNT, "这种情形下的金额", needed=True),
)
SPAN_LIMITS = table(
    Key("年度上限", Says.AMOUNTS, "一年里连同已领的不超过多少"),
    Key("累计上限", Says.AMOUNTS, "历年连同已领的不超过多少"),
)
# These may stand beside any form.
AMOUNT_LIMITS = table(
    Key(BASE, Says.AMOUNT, "乘在前面的数"),
    Key(FACTOR, Says.AMOUNT, "乘在后面的系数"),
    Key(FLOOR, Says.AMOUNTS, "不低于多少;几个都要满足"),
    Key(CAP, Says.AMOUNTS, "不超过多少;几个都要满足"),
    *SPAN_LIMITS.values(),
)

# --- proofs --------------------------------------------------------------------------------------

# What a proof may find of a rule, by its code; an author answers with 已核 where the text is so.
PROOFS = {code: KINDS[code] for code in ("always-false", "always-true", "unreachable")} | {
    "redundant": "多余",
    "same-measure": "重复",
    "gap": "漏档",
}
PROOF = "检查"

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
EXCLUSIVE_KEYS = table(
    Key("组", Says.TEXT, "互斥的一组叫什么,各项措施写同一个名字", needed=True),
    Key("规则", Says.WORD, "几项都符合时给哪一项", needed=True, words="互斥规则"),
    Key("范围", Says.WORD, "不写为同一企业", words="互斥范围"),
)
SHARED_KEYS = table(
    Key("组", Says.TEXT, "共用一个上限的一组叫什么", needed=True),
    Key("年度", Says.AMOUNT, "这一组一年里合计不超过多少"),
    Key("累计", Says.AMOUNT, "这一组历年合计不超过多少"),
)
# How much a measure gives; any of them needs 金额.
DEDUCT = "扣减已领"
BENEFIT_KEYS = table(
    Key("金额", Says.AMOUNT, "给多少:一句话,或 阶梯、累进、表、情形 等写法"),
    Key("补差", Says.TEXT, "减去这一组历年已领的,写组名"),
    Key(DEDUCT, Says.WORD, "减去本措施这一期间已领的", words="已领期间"),
    *SPAN_LIMITS.values(),
    Key("共用上限", Says.ENTRY, "与别的措施合用的上限", inner=SHARED_KEYS),
    Key("互斥", Says.ENTRY_OR_ENTRIES, "不能同时享受的措施", inner=EXCLUSIVE_KEYS),
    Key("分期", Says.SHARES, "分几次付,各付多少比例,如 [50%, 30%, 20%]"),
    Key("待批次", Says.TEXT, "实得要看同批全部申请的原因,如总额控制、名次"),
)
PERIOD_KEYS = table(
    Key("自", Says.DATE, "从哪天起"),
    Key("至", Says.DATE, "到哪天止,含当天"),
)
CONFIRMED_KEYS = table(
    Key(PROOF, Says.WORD, "核过的是哪一种发现", needed=True, words=PROOF),
    Key("与", Says.TEXT, "与哪项措施重复,写它的编号"),
    Key("理由", Says.TEXT, "为什么原文就是这样", needed=True),
)
MEASURE_KEYS = table(
    Key("编号", Says.TEXT, "<条款的阿拉伯数字>.<序号>,公布后不再改动", needed=True),
    Key("名称", Says.TEXT, "一句短语,说明给谁什么", needed=True),
    Key("英文", Says.TEXT, "名称的英文释义;文件名称写了英文,每项措施都要写"),
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
    Key("已核", Says.ENTRIES, "核过原文、不用再报的证明结果", inner=CONFIRMED_KEYS),
    *BENEFIT_KEYS.values(),
)
CLAUSE_KEYS = table(
    Key("条款", Says.TEXT, "条款号,照原文写", needed=True),
    Key("标题", Says.TEXT, "条款标题,照原文写", needed=True),
    Key("英文", Says.TEXT, "标题的英文释义;文件名称写了英文,每一条都要写"),
    Key("措施", Says.ENTRIES, "本条的支持措施,按原文先后", inner=MEASURE_KEYS),
    Key("非措施", Says.ENTRIES, "本条里不是措施的文字", inner=PASSAGE_KEYS),
)

# --- document.yaml and national conditions --------------------------------------------------------

HISTORY_KEYS = table(
    Key("日期", Says.DATE, "哪一天改的", needed=True),
    Key("说明", Says.TEXT, "改了什么,一句话", needed=True),
    Key("措施", Says.LINES, "涉及的措施编号,不写为整份文件"),
    Key("原编号", Says.TEXT, "不再使用的编号,由“措施”里的接替"),
)
DOCUMENT_KEYS = table(
    Key("编号", Says.TEXT, "英文、数字和短横,不写为目录名"),
    Key("名称", Says.TEXT, "文件名称", needed=True),
    Key("英文", Says.TEXT, "名称的英文释义;写了就要给每一条和每项措施都写"),
    Key("文号", Says.TEXT, "发文字号"),
    Key("发文机关", Says.TEXT, "发文机关全称"),
    Key("印发日期", Says.DATE, "落款日期", needed=True),
    Key("施行日期", Says.DATE, "写明的施行日期,不写自印发日起"),
    Key("失效日期", Says.DATE, "写明的失效日期,含当天"),
    Key("来源", Says.TEXT, "文本从哪里来"),
    Key("原文", Says.TEXT, "原文文件的相对路径", needed=True),
    Key("样例", Says.FLAG, "是:历史样例,不是现行规定,平时不载入(--include 目录名)"),
    Key("条款格式", Says.TEXT, "条款标题在原文里的样子,如 {条款}、{标题}。"),
    Key("范围", Says.CONDITION, "每项措施都要的地域条件,性质为隐含"),
    Key("拟落地", Says.CONDITION, "适用“本地或拟落地”的措施,另可满足的地域条件"),
    Key("非措施", Says.ENTRIES, "条款以外的文字", inner=PASSAGE_KEYS),
    Key("沿革", Says.ENTRIES, "印发以后的变动,按先后", inner=HISTORY_KEYS),
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
# What a standard leads to: one of these, each a member of the attribute beside it.
GOALS = {"称号": TITLE, "上市板块": "上市阶段", "挂牌层级": "新三板层级", "纳统类别": "规上状态"}
STANDARD_KEYS = table(
    Key("称号", Says.WORD, "认定的是哪个称号", words=GOALS["称号"]),
    Key("级别", Says.TEXT, "称号分级的,认定到哪一级"),
    Key("上市板块", Says.WORD, "在哪个板块上市", words=GOALS["上市板块"]),
    Key("挂牌层级", Says.WORD, "进入新三板的哪一层", words=GOALS["挂牌层级"]),
    Key("纳统类别", Says.WORD, "纳入统计名录的哪一类", words=GOALS["纳统类别"]),
    Key("编号", Says.TEXT, "英文编号,带版本的年份", needed=True),
    Key("文件", Says.TEXT, "文件名称"),
    Key("文号", Says.TEXT, "发文字号", needed=True),
    Key("条号", Says.TEXT, "第几条或哪个附件", needed=True),
    Key("施行期间", Says.ENTRY, "按这一版认定的期间", needed=True, inner=PERIOD_KEYS),
    Key("核对", Says.WORD, "是否有人对照过原文", needed=True, words="核对"),
    Key("次年更新", Says.TEXT, "取得称号的次年最迟哪天更新,写月-日"),
    Key("复核周期", Says.COUNT, "证书没有写有效期至的,每几年复核、评价或重新申请一次"),
    Key("每年填报", Says.TEXT, "取得称号后每年最迟哪天填报,写月-日"),
    Key("来源", Says.TEXT, "出自哪里", needed=True),
    Key(CONDITION, Says.CONDITION, "认定条件;几个结构键并列时都要满足", needed=True, inner=JOINTS),
    Key("解读", Says.TEXT, "怎样理解这份标准"),
    Key("存疑", Says.TEXT, "待核对的地方"),
)
