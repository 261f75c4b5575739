"""An empty installation -> people in every role, invented companies, and a case at each stage, to be tried.

Everything goes through the services that the pages use, so what stands here could have been done by hand.
Cases rest on a sample document (样例); all is invented and called so (示例).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import func, select
from stdnum.cn import uscc

from webapp.services.cases import appeals, budgets, payments, publicity, returns
from webapp.services.cases.lifecycle import Deadline
from webapp.services.cases.moves import Casework, Wish, move
from webapp.services.cases.opening import open_case
from webapp.services.cases.picked import Chosen
from webapp.services.cases.refusals import Refused
from webapp.services.exports import csv_bytes, yuan
from webapp.services.people import memberships, users
from webapp.services.people.accounts import Accounts
from webapp.services.people.custodians import bind
from webapp.services.people.passwords import one_time
from webapp.services.people.roles import SYSTEM, Actor, Role
from webapp.services.people.sessions import companies_of, roles_of
from webapp.services.people.signing_in import Comer
from webapp.services.registry.companies import register
from webapp.services.registry.facts import stored_facts
from webapp.services.registry.learning import Telling, Told, learn
from webapp.services.workdays import UnknownYear, Workdays
from webapp.tables.cases import CaseRow
from webapp.tables.money import PaymentFile, PaymentLine
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

DOCUMENT, MEASURE = "examples", "examples/14.1"
BUDGET_FEN = 500_000_00 * 4
DOCUMENT_NO = "示例〔演示〕1号"
BANK, ACCOUNT = "示例银行龙岗支行", "6222000011112222"
STAFF: tuple[tuple[str, str, Role], ...] = (
    ("guanli", "示例管理", Role.ADMIN),
    ("zuoxi", "示例坐席", Role.DESK),
    ("jingban", "示例经办", Role.HANDLER),
    ("fuhe1", "示例复核甲", Role.REVIEWER),
    ("fuhe2", "示例复核乙", Role.REVIEWER),
    ("caiwu", "示例财务", Role.FINANCE),
    ("shuju", "示例数据", Role.DATA),
    ("guize", "示例规则", Role.EDITOR),
    ("shenji", "示例审计", Role.AUDITOR),
)
"""Logins, names and roles of staff; two reviewers, since answers to appeals take two."""
DEPARTMENTS = ("科技局", "市场监管局")
"""The departments that the account of the data departments speaks for."""
COMPANY_LOGIN, COMPANY_PERSON = "qiye", "示例企业人员"
STAGES = (
    "found",
    "compared",
    "vetted",
    "frozen",
    "notified",
    "declined",
    "confirmed",
    "publicised",
    "over",
    "objected",
    "approved",
    "filed",
    "failed",
    "paid",
    "reconciled",
    "archived",
    "suspended",
    "appealed",
    "withdrawn",
    "owed",
)
"""A case stands at each; ``over`` is one whose publicity has ended, so that it may be approved.

The payment of ``owed`` was withdrawn and arrived all the same.
"""
_BEFORE_FREEZE = ("found", "compared", "vetted")
_NO_CONFIRM = (
    *_BEFORE_FREEZE,
    "frozen",
    "notified",
    "declined",
    "suspended",
    "appealed",
    "withdrawn",
)
_PUBLIC_TODAY = ("publicised", "objected")
_RETURNED = ("failed", "paid", "reconciled", "archived", "owed")
_APPROVED = ("approved", "filed", *_RETURNED)
_PUBLIC_BEFORE = ("over", *_APPROVED)
_STOPPED = "示例:收到举报,正在核实"
_NUMBERS = "一二三四五六七八九十"
_YEAR, _ONE = 366, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Login:
    """One account and the password that opens it once; a company's own is for good."""

    login: str
    name: str
    role: Role
    password: str


@dataclass(frozen=True, slots=True)
class Demonstration:
    """The logins of a demonstration, and the day on which its cases stand."""

    logins: list[Login]
    day: date


@dataclass
class _Play:
    """The people, the companies and the days of a demonstration in the making."""

    work: Casework
    accounts: Accounts
    now: datetime
    today: date
    before: date
    people: dict[str, Actor] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    keys: Any = field(default_factory=count)

    def do(self, stage: str, action: str, who: str, day: date, **details: str) -> None:
        """Make a move of a case as somebody who has just looked at it."""
        reason = details.pop("reason", "")
        wish = Wish(
            self.cases[stage],
            action,
            self.version(stage),
            f"demo-{next(self.keys)}",
            reason,
            details,
        )
        move(self.work, self.people[who], wish, self.now, day)

    def version(self, stage: str) -> int:
        with self.work.database.reading() as session:
            return session.get_one(CaseRow, self.cases[stage]).version

    def chosen(self, stages: Sequence[str]) -> list[Chosen]:
        return [Chosen(self.cases[stage], self.version(stage)) for stage in stages]


def prepare(work: Casework, accounts: Accounts, now: datetime, today: date) -> Demonstration:
    """Fill an empty installation; raises `Refused` where it is not empty, `UnknownYear` without calendars."""
    with work.database.reading() as session:
        used = session.scalar(select(func.count()).select_from(User)) or session.scalar(
            select(func.count()).select_from(CompanyRow)
        )
    if used:
        raise Refused("demo_used")
    if work.prover.measure(MEASURE) is None:
        raise Refused("measure_unknown")
    day, before = days(work.workdays, work.terms, today)
    play = _Play(work, accounts, now, day, before)
    logins = _people(play)
    for number, stage in enumerate(STAGES, 1):
        _open(play, stage, number)
    _members(play)
    finance = play.people["caiwu"]
    budgets.set_new(work, finance, MEASURE, play.before.year, BUDGET_FEN, DOCUMENT_NO, now)
    _check_and_confirm(play)
    _publish(play)
    _pay(play)
    _stop(play)
    return Demonstration(logins, day)


def days(workdays: Workdays, terms: Mapping[str, int], today: date) -> tuple[date, date]:
    """Give the day that the cases stand on and one whose terms are over by then.

    It is today where the calendars at hand allow it. Early in a year no publicity of the year is over,
    and late in it terms reach into one whose calendar may be missing; then it is the newest day before.
    Raises `UnknownYear` where a year back no day will do.
    """
    for back in range(_YEAR):
        day = today - back * _ONE
        try:
            workdays.after(day, max(terms.values()))
            before = _before(workdays, terms, day)
        except UnknownYear:
            continue
        if before is not None:
            return day, before
    raise UnknownYear(today.year)


def _before(workdays: Workdays, terms: Mapping[str, int], day: date) -> date | None:
    """Give the newest day whose terms are over on a day of the same year: a title counts by its year."""
    longest = max(terms[Deadline.CHECK], terms[Deadline.PUBLICITY])
    before = day - longest * _ONE  # any later one is too late
    while workdays.after(before, longest + 1) >= day:
        before -= _ONE
    return before if before.year == day.year else None


# --- people and companies ------------------------------------------------------------------------------


def _people(play: _Play) -> list[Login]:
    logins = []
    for login, name, role in STAFF:
        password = users.add(play.accounts, SYSTEM, login, name, (role,), play.now)
        logins.append(Login(login, name, role, password))
        person = play.people[login] = _actor(play, login)
        if role is Role.DATA and person.id is not None:
            words = play.work.prover.catalogue.vocabulary
            bind(play.accounts, SYSTEM, person.id, DEPARTMENTS, words, play.now)
    password = one_time()
    comer = Comer("127.0.0.1", "demo")
    users.register(play.accounts, COMPANY_LOGIN, COMPANY_PERSON, password, comer, play.now)
    logins.append(Login(COMPANY_LOGIN, COMPANY_PERSON, Role.COMPANY, password))
    return logins


def _actor(play: _Play, login: str) -> Actor:
    with play.work.database.reading() as session:
        user = users.by_login(session, login)
        return Actor(
            user.id, user.name, roles_of(session, user.id), companies_of(session, user.id), "demo"
        )


def company_name(number: int) -> str:
    """Name the company of a number from 1."""
    tens, ones = divmod(number, 10)
    said = ("" if tens == 0 else "十" if tens == 1 else _NUMBERS[tens - 1] + "十") + (
        _NUMBERS[ones - 1] if ones else ""
    )
    return f"深圳示例{said}号科技有限公司"


def company_code(number: int) -> str:
    """Make the credit code of the company of a number, with its check digit."""
    base = f"91440300MAEX{number:05d}"
    return base + uscc.calc_check_digit(base)


def _open(play: _Play, stage: str, number: int) -> None:
    vocabulary = play.work.prover.catalogue.vocabulary
    told: dict[str, list[Told]] = {}
    for attribute, member, period, value in stored_facts(_facts(play.before)):
        custodian, attested = vocabulary.custodian(attribute, member or None)
        told.setdefault(custodian, []).append(
            Told(attribute, member, period, value, attested, "示例")
        )
    with play.work.database.writing() as session:
        company = register(
            session, company_code(number), company_name(number), play.people["shuju"], play.now
        )
        for custodian, facts in told.items():
            telling = Telling(custodian, None, play.now, entered_by=play.people["shuju"].id)
            learn(session, {company.id: facts}, telling, vocabulary)
        session.flush()
        proof = play.work.prover.prove(session, company.id, MEASURE, play.before)
        if proof is None:
            raise Refused("not_in_force")
        case = open_case(session, play.work, company.id, proof, play.now)
        if case is not None:
            play.cases[stage] = case


def _facts(day: date) -> dict[str, Any]:
    got = date(day.year - 1, 11, 20)
    title = {"取得日期": got.isoformat(), "有效期至": f"{got.year + 3}-11-19", "首次": "是"}
    return {
        "注册地": "深圳市",
        "外省县区": "龙岗区",
        "主体类别": {"企业": "是"},
        "资质": {"高新技术企业": title},
        "信用名单": {"失信被执行人": "没有", "严重违法失信名单": "没有"},
    }


def _members(play: _Play) -> None:
    """Let the company's person act for every company from the notice on."""
    person = _actor(play, COMPANY_LOGIN)
    for number, stage in enumerate(STAGES, 1):
        if stage not in (*_BEFORE_FREEZE, "withdrawn"):
            asked = memberships.ask(play.accounts, person, company_code(number), play.now)
            memberships.decide(
                play.accounts, play.people["zuoxi"], asked, True, "示例授权书", play.now
            )
    play.people[COMPANY_LOGIN] = _actor(play, COMPANY_LOGIN)


# --- from the check to the money -----------------------------------------------------------------------


def _check_and_confirm(play: _Play) -> None:
    for number, stage in enumerate(STAGES, 1):
        day = play.before if stage in _PUBLIC_BEFORE else play.today
        steps = {"found": (), "compared": ("compare",), "vetted": ("compare", "vet")}.get(
            stage, ("compare", "vet", "freeze")
        )
        for action in steps:
            play.do(stage, action, "jingban", day)
        if stage in _BEFORE_FREEZE or stage == "frozen":
            continue
        play.do(stage, "notify", "jingban", day)
        if stage == "declined":
            play.do(stage, "decline", COMPANY_LOGIN, day)
        elif stage not in _NO_CONFIRM:
            account = {"holder": company_name(number), "bank": BANK, "number": ACCOUNT}
            play.do(stage, "confirm", COMPANY_LOGIN, day, **account)


def _publish(play: _Play) -> None:
    handler = play.people["jingban"]
    for title, stages, day in (
        ("示例公示(已结束)", _PUBLIC_BEFORE, play.before),
        ("示例公示(公示中)", _PUBLIC_TODAY, play.today),
    ):
        chosen = play.chosen(stages)
        publicity.publicise(play.work, handler, title, chosen, f"demo-{stages[0]}", play.now, day)
    plea = appeals.Plea(play.cases["objected"], "示例异议:这家企业的高企证书好像不是去年取得的。")
    appeals.make_objection(play.work, plea, play.now, play.today)
    for stage in _APPROVED:
        play.do(stage, "approve", "fuhe1", play.today)


def _pay(play: _Play) -> None:
    work, finance = play.work, play.people["caiwu"]
    made = payments.build(
        work, finance, play.chosen(_RETURNED), "demo-returned", play.now, play.today
    )
    payments.build(work, finance, play.chosen(("filed",)), "demo-filed", play.now, play.today)
    play.do("owed", "suspend", "jingban", play.today, reason=_STOPPED)
    rows = _returned(play, made.number)
    data = csv_bytes(returns.COLUMNS, rows)
    returns.take(work, finance, data, "demo.csv", play.now, play.today)
    for stage in ("reconciled", "archived"):
        play.do(stage, "reconcile", "caiwu", play.today)
    play.do("archived", "archive", "jingban", play.today)


def _returned(play: _Play, number: str) -> list[tuple[str, ...]]:
    """Say as a bank would what became of each line: one failed, the others arrived."""
    with play.work.database.reading() as session:
        lines = session.scalars(
            select(PaymentLine)
            .join(PaymentFile, PaymentLine.file_id == PaymentFile.id)
            .where(PaymentFile.number == number)
            .order_by(PaymentLine.place)
        ).all()
        session.expunge_all()
    failed, day = play.cases["failed"], play.today.isoformat()
    return [
        (number, str(line.place), yuan(line.amount_fen), "失败", "账户已销户", "")
        if line.case_id == failed
        else (number, str(line.place), yuan(line.amount_fen), "成功", "", day)
        for line in lines
    ]


def _stop(play: _Play) -> None:
    for stage in ("suspended", "appealed"):
        play.do(stage, "suspend", "jingban", play.today, reason=_STOPPED)
    play.do("withdrawn", "withdraw", "jingban", play.today, reason="示例:企业要求撤回")
    plea = appeals.Plea(play.cases["appealed"], "示例申诉:举报不实,请尽快恢复。")
    person, seen = play.people[COMPANY_LOGIN], play.version("appealed")
    appeals.make_appeal(play.work, person, plea, seen, "demo-appeal", play.now, play.today)
