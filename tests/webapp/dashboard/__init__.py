"""The dashboards of a whole registry: what is counted, who may know it, and the pages that show it."""
