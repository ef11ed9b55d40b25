"""The WSGI entry: `gunicorn wsgi:app`."""

from blueprints import create_app
from shopsmart import settings
from shopsmart.infra import log

log.configure(settings.load().log_level)
app = create_app()
# Built beside the first requests, which MongoDB answers meanwhile.
app.extensions["shopsmart"].live.start()
