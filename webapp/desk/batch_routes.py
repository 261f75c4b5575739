"""The addresses of the wizard of whole registries."""

from __future__ import annotations

from webapp.desk import batch_columns, batch_progress, batches
from webapp.services.people.roles import Permission

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
RUN = Permission.BATCHES_RUN
ONE = "/batches/<token>"

BATCHES = (
    ("/batches", "batches", batches.batches, GET, RUN),
    ("/batches/new", "batch_new", batches.new, BOTH, RUN),
    ("/batches/template.csv", "batch_template", batch_columns.template, GET, RUN),
    (ONE, "batch", batches.batch, GET, RUN),
    (f"{ONE}/columns", "batch_columns", batch_columns.columns, BOTH, RUN),
    (f"{ONE}/run", "batch_run", batches.run, POST, RUN),
    (f"{ONE}/sheet", "batch_sheet", batches.sheet, POST, RUN),
    (f"{ONE}/cancel", "batch_cancel", batches.cancel, POST, RUN),
    (f"{ONE}/drop", "batch_drop", batches.drop, POST, RUN),
    (f"{ONE}/progress.json", "batch_progress", batch_progress.progress, GET, RUN),
    (f"{ONE}/events", "batch_events", batch_progress.events, GET, RUN),
    (f"{ONE}/files/<name>", "batch_file", batches.file, GET, RUN),
)
