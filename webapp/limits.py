"""Every limit on what comes in, in one place; each has a test at the limit and one over."""

from __future__ import annotations

from datetime import timedelta

MAX_BODY_BYTES = 2 * 2**20
MAX_FORM_BYTES = 64 * 2**10
MAX_FORM_PARTS = 500
"""The page of titles alone has 330: a tick, two dates and often a level for each of 78 titles."""
MAX_COLUMN_PARTS, MAX_COLUMN_BYTES = 620, 512 * 2**10
"""The form of a registry's columns: two fields for each of 300, and what stands above them."""
MAX_TEXT = 200
MAX_SEARCH = 60
MAX_INDUSTRIES = 4
PAGE_SIZE = 20
MAX_UPLOAD_BYTES = 256 * 2**10
"""A company file or a filled template."""
MAX_RECOVERY_TRIES = 5
"""Recovery codes that one address may try in a minute."""
MAX_SHARES = 10
"""Shared snapshots that one profile may have at a time; each holds all findings in two languages."""
KEPT_FOR = timedelta(days=90)
"""How long a profile is kept after it was last saved."""
MIN_SECRET_BYTES = 32
MIN_PASSWORD, MIN_STAFF_PASSWORD, MAX_PASSWORD = 10, 15, 128
"""Characters of a password: of a company's account at least, of staff at least, of anyone at most."""
MIN_DISTINCT = 5
"""Different characters that a password has at least."""
PASSWORD_AGE = timedelta(days=90)
"""How old a password may be where the policy asks for change (`webapp.services.people.passwords`)."""
ONE_TIME_PASSWORD = timedelta(days=3)
"""How long a password that an administrator handed out opens the account once."""
MAX_LOGIN = 64
"""Characters of a login name; at least three."""
SPARE_CODES = 10
MAX_MEMBERSHIPS = 20
"""Companies that one person may act for or ask for."""
HALF_SESSION = timedelta(minutes=10)
"""How long the password counts while the second factor, or a new password, is still to come."""
STAFF_IDLE, STAFF_WHOLE = timedelta(minutes=30), timedelta(hours=8)
COMPANY_IDLE, COMPANY_WHOLE = timedelta(hours=2), timedelta(hours=12)
"""How long a session lives unused, and altogether (docs/accounts.md says why)."""
GUESS_HOUR, GUESS_DAY = 60, 24 * 60
ACCOUNT_WAITS = ((5, 1), (10, 5), (20, 60))
"""After so many wrong passwords of an account within an hour, so many minutes until the next try."""
ADDRESS_WAITS = ((20, 1), (60, 5), (120, 60))
"""The same of one address, behind which a whole office may sit."""
CODE_WAITS = ((5, 5), (10, 60))
"""The same of the second factor, within a day; whoever gets there knows the password."""
REGISTER_WAITS = ((10, 60),)
"""The same of accounts that one address makes."""
UNUSED_ACCOUNT = timedelta(days=180)
"""How long an account is kept that no company was ever approved for."""
CONTACT_KEPT = timedelta(days=365)
"""How long a contact is kept after its appeal was decided, and a company's account after its case ended."""
MAX_EVIDENCE_BYTES, MAX_EVIDENCE_FILES = 5 * 2**20, 3
"""A file of evidence, and how many come with one appeal or objection."""
MAX_EVIDENCE_BODY = 64 * 2**20
"""A form with evidence on the way in. Larger than the files may be, so that one that is too big gets a
sentence beside its field, with the text kept; what is over a file's limit is not stored even meanwhile."""
MAX_EVIDENCE_NAME = 100
"""Characters of a file's name as it is kept."""
MAX_PACKED_FILES = 2_000
"""Files inside an XLSX or DOCX."""
EVIDENCE_WAITS = timedelta(hours=24)
"""How long a file is kept whose form was looked at again but not sent."""
EVIDENCE_SETTLES = timedelta(hours=1)
"""How old a kept file is at least before a sweep takes it away because no row names it."""
MAX_EVIDENCE_WAITING = 500 * 2**20
"""Bytes of such files altogether."""
MAX_CONTACT = 100
"""Characters of a name, telephone or address under which somebody may be reached."""
OBJECTION_WAITS = ((10, 60), (20, 12 * 60))
"""After so many objections of one address within a day, so many minutes until the next."""
UPLOAD_WAITS = ((30, 10), (60, 60))
"""The same of forms with files, within an hour."""
RECEIPT_WAITS = ((10, 1), (30, 10), (60, 60))
"""The same of receipt numbers that nobody has, within an hour."""
TERMS = {
    "check": 10,
    "confirm": 10,
    "publicity": 5,
    "objection": 10,
    "approve": 5,
    "pay": 10,
}
"""Working days of each term of a case (`webapp.services.cases.lifecycle.Deadline`).

Five days of publicity are usual practice; the others are this program's defaults, no text sets them.
"""
MAX_FACT_FILE = 20 * 2**20
"""A department's file on the desk's page; a larger one is taken over by command."""
MAX_BATCH_BYTES = 200 * 2**20
"""A registry that is to be matched, CSV or Parquet; workbooks have the limits of `matcher.registry.limits`."""
MAX_BATCHES = 20
"""Registries that one person may have lying here at a time."""
BATCH_KEPT = timedelta(days=180)
"""How long a registry and its results are kept."""
MAX_JOB_AGE = timedelta(minutes=30)
"""How long a job may be due, with nobody taking it, as long as the service calls itself ready."""
MAX_MAPPING_BYTES = 256 * 2**10
MAX_FACT_FILES = 20
"""Files that one person may have waiting at a time."""
FACT_FILE_KEPT = timedelta(days=7)
"""How long an uploaded file, its preview and its refused rows are kept."""
PREVIEWED = 20
"""Rows of a file that the preview shows as they were understood."""
OUTREACH_LOOKED = 100
"""Companies that one page of the outreach list matches."""
OUTREACH_EXPORTED = 500
"""Companies that one export of the outreach list matches."""
OUTREACH_SPAN = 50_000
"""Companies among which one page or export of the outreach list seeks those that it matches."""
AUDIT_LOOKED = 200_000
"""Entries of the audit that one search goes back through."""
AUDIT_CHECKED = 20_000
"""Entries of the audit that one request checks."""
MAX_NOTE = 2_000
"""Characters of what staff note of a call."""
MIN_DISK_FREE = 0.05
"""The share of the disk under the data that is free as long as the service calls itself ready."""
MAX_INBOX_AGE = timedelta(hours=6)
"""How long a change may wait for the watch as long as the service calls itself ready. A department's file of a
million companies takes the watch some two hours; who runs the service is told earlier (docs/operations.md)."""
READY_KEPT, FIGURES_KEPT = 1.0, 10.0
"""Seconds for which an answer on readiness and the figures of the database are given again."""
MAX_JSON_BYTES = 256 * 2**10
"""The body of a request to the API."""
MAX_PROFILE_VALUES = 2_000
"""Values in one profile that is sent to the API; a full one has some 300."""
MAX_MANY_BYTES, MAX_MANY, MAX_MANY_MISTAKES = 8 * 2**20, 1_000, 10
"""The body of a call that matches many profiles, how many these are, and how many mistakes of each are told."""
MAX_PAGE = 100
"""Things on a page of the API."""
MAX_PAGES = 100_000
"""The highest number of a page that is read."""
OPEN_MINUTE, OPEN_DAY = 60, 2_000
"""Requests to the API of one address without a key, in a minute and in a day."""
REFUSED_MINUTE, REFUSED_DAY = 10, 200
"""Keys of one address that are refused and told the audit; after so many they are only refused."""
KEY_MINUTE, KEY_DAY, KEY_DAYS = 600, 50_000, 365
"""What an API key is given where nobody says otherwise: requests in a minute and a day, days that it works."""
MAX_KEY_MINUTE, MAX_KEY_DAY, MAX_KEY_DAYS = 100_000, 10_000_000, 730
"""The most that an API key can be given."""
MAX_ONCE_KEY = 64
"""Characters of an Idempotency-Key."""
ONCE_LEASE = timedelta(minutes=1)
"""How long a request with such a key may take before another with the same key takes its place."""
MAX_FOLLOWED = 50
"""Themes that one person may follow at a time, of each company or as staff."""
MAX_TOLD = 20
"""Measures of each kind of change that one notice names; of the rest it says how many they are."""
MAX_ADDRESS = 254
"""Characters of an e-mail address."""
MAIL_WAITS = ((3, 60), (6, 12 * 60))
"""After so many mails within a day that ask an address to be confirmed, so many minutes until the next:
of one person, and to one address."""
MAIL_CONFIRM = timedelta(days=3)
"""How long the link in such a mail works."""
MAIL_LATER = (1, 5, 30, 120, 360, 720, 1_440)
"""Minutes before the second, third, … try of a mail that its server put off."""
MAIL_LIFE = timedelta(days=3)
"""How old a mail may be that was not sent yet; the notice in the app stays."""
MAX_REFUSALS = 3
"""Mails in a row that an address refuses for good before nothing more is sent to it."""
MAIL_PACE = 0.2
"""Seconds between two mails."""
MAILS_AT_ONCE = 50
"""Mails through one connection."""
MAIL_TIMEOUT = 20
"""Seconds that a mail server may take for one answer."""
MAIL_KEPT = timedelta(days=30)
"""How long it is kept that a mail was sent, and an address that nothing is sent to any more."""
SUBSCRIPTION_KEPT = timedelta(days=365)
"""How long a subscription is kept after its end, so that the link in an old mail still says so."""
