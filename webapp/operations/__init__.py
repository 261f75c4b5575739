"""What those who run the service need: health, figures, log lines, backups."""
