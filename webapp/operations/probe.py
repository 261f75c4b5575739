"""Asks this machine's web process whether it answers: the health check of a container.

    python -m webapp.operations.probe [/readyz]

Prints the answer; the exit code is 0 for 200 and 1 for anything else.
"""

from __future__ import annotations

import http.client
import os
import sys

SECONDS = 4.0
_DEFAULT = "127.0.0.1:8000"


def probe(path: str) -> tuple[int, str]:
    """Ask for an address; gives the status, 0 where nobody answers, and what was said."""
    host, _, port = os.environ.get("MIANSHEN_BIND", _DEFAULT).rpartition(":")
    where = "127.0.0.1" if host in ("", "0.0.0.0", "[::]") else host.strip("[]")  # noqa: S104
    # A process that answers to certain names alone is asked by one of them.
    name = os.environ.get("MIANSHEN_HOSTS", "").partition(",")[0].strip() or where
    connection = http.client.HTTPConnection(where, int(port), timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": name})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace").strip()
    except OSError as error:
        return 0, type(error).__name__
    finally:
        connection.close()


def main() -> int:
    """Ask and print."""
    status, told = probe(sys.argv[1] if len(sys.argv) > 1 else "/healthz")
    print(told)
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
