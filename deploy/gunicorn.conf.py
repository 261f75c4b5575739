"""gunicorn for the web process: gunicorn -c deploy/gunicorn.conf.py (docs/operations.md)."""

import gc
import os
import shutil
import tempfile

from gunicorn.glogging import Logger

from webapp.operations import lines

wsgi_app = "webapp.operations.starting:application()"

# --- where it listens, and whom it believes ----------------------------------------------------------

bind = os.environ.get("MIANSHEN_BIND", "127.0.0.1:8000")
# The scheme is believed from the proxy of this machine alone; the client's address is up to
# MIANSHEN_PROXIES, which the application reads. In a container the proxy has another address.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
control_socket_disable = True  # systemd starts and stops; one door less

# --- how many at a time ------------------------------------------------------------------------------

workers = int(os.environ.get("WEB_CONCURRENCY", os.cpu_count() or 1))
worker_class = "gthread"
threads = 4  # most of a request is work on the processor; four hide the waits for the database
preload_app = True  # rules are read once and their memory is shared; new rules need a restart
max_requests = 20_000  # whatever a library leaks ends with its worker
max_requests_jitter = 2_000  # and not all workers begin anew at once
backlog = 512

# --- how long, how large -----------------------------------------------------------------------------

timeout = 60  # a worker whose threads are all stuck is replaced
graceful_timeout = 30
keepalive = 5
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
worker_tmp_dir = "/dev/shm"  # noqa: S108 (heartbeats of workers; on a disk they may block)

# --- logs: JSON lines on standard error, no access log of gunicorn's own ------------------------------

accesslog = None  # the application writes a line for each request; gunicorn's would hold addresses


class Lines(Logger):
    """Gunicorn's own records in the one shape, without the addresses that it fills in."""

    def setup(self, cfg):
        """Hand all records to the root's handler."""
        super().setup(cfg)
        lines.configure()
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = Lines

# --- figures: a file for each place among the workers -------------------------------------------------

_FOLDER, _PLACE = "PROMETHEUS_MULTIPROC_DIR", "MIANSHEN_WORKER"
if _FOLDER not in os.environ:  # read again on a reload, when the folder is in use
    os.environ[_FOLDER] = tempfile.mkdtemp(
        prefix="mianshen-metrics-", dir=os.environ.get("RUNTIME_DIRECTORY")
    )


def pre_fork(server, worker):
    """Give a worker the first place that is free; a place is free once its worker was seen to be gone."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)


def post_fork(server, worker):
    """Let a worker count in its place, with connections of its own."""
    os.environ[_PLACE] = f"{server.pid}-{worker.place}"
    if worker.cfg.preload_app:
        # What the parent has open stays the parent's: it is forgotten here, not closed.
        worker.app.wsgi().extensions["mianshen"].database.engine.dispose(close=False)


def on_exit(server):
    """Take the counts away with the last process that uses them."""
    if not server.reexec_pid:
        shutil.rmtree(os.environ[_FOLDER], ignore_errors=True)


def when_ready(server):
    """Close what reading the application opened, and let its memory be shared for good."""
    if server.cfg.preload_app:
        server.app.wsgi().extensions["mianshen"].database.close()
        gc.collect()
        gc.freeze()
