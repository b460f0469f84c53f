"""The WSGI application, for gunicorn: ``gunicorn portal.wsgi``. Does not load where its database role passes the wall."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

application = get_wsgi_application()

try:
    connection.ensure_connection()  # raises RolePassesTheWall (portal/checks.py)
except OperationalError:
    pass  # the database may come later than the site; each connection is looked at when it opens
finally:
    connection.close()
