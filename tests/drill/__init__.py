"""What takes minutes: ``make drill`` runs all of it, CI a little of each, so that no drill is broken unseen."""

import os

DRILL = bool(os.environ.get("PORTAL_DRILL"))
