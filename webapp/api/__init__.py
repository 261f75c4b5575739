"""REST API v1 for other systems of a city: an operation a row in `webapp.api.routes`, a file a resource.

Views read a shape, call a service, answer a shape. Runs over whole registries (batches) come with the jobs that
carry them out.
"""

from webapp.api.routes import blueprint, install

__all__ = ["blueprint", "install"]
