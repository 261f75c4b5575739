"""How much a registry may hold: the one place where these limits stand."""

from __future__ import annotations

MAX_COLUMNS = 300
MAX_CELL = 4_000  # characters
MAX_WIDTH_FAULTS = 5  # rows of the wrong width that one message names
CSV_BLOCK_BYTES = 2 * 1024**2  # parsed at a time, and the longest row
HEADER_BYTES = 1024**2

MAX_XLSX_BYTES = 20 * 1024**2
MAX_XLSX_ENTRIES = 200
MAX_XLSX_UNPACKED = 200 * 1024**2  # counted while inflating; what the file states is not trusted
MAX_XLSX_RATIO = 100  # unpacked to packed, of the whole file
MAX_XLSX_ROWS = 200_000  # of data
XLSX_SECONDS = 60
XLSX_MEMORY = 1280 * 1024**2  # of address space, beyond what the program itself maps
XLSX_OUTPUT = 512 * 1024**2

CONNECT_SECONDS = 10
