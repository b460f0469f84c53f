"""The site neither starts nor connects as a role that the wall does not hold."""

import os
import subprocess
import sys

import pytest

from portal import checks
from portal.lib.database_roles import database_owner
from tests import database


@pytest.mark.django_db(transaction=True)
def test_connection_of_a_role_that_passes_the_wall_is_refused():
    with database_owner() as owner:
        owner.is_owner = False  # as if DATABASE_URL named the owner
        owner.close()
        with pytest.raises(checks.RolePassesTheWall, match="owns tables"):
            owner.connect()
        assert owner.connection is None
        owner.is_owner = True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "starts"), [("application", True), ("owner", False)])
def test_site_does_not_start_as_a_role_that_passes_the_wall(settings, role, starts):
    environment = os.environ | {"PORTAL_DEMO": "1", "DATABASE_URL": database.address(role)}
    command = [sys.executable, "-c", "import portal.wsgi"]
    run = subprocess.run(  # noqa: S603
        command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )
    assert (run.returncode == 0) is starts
    assert ("RolePassesTheWall" in run.stderr) is not starts
