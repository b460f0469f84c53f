"""What happens between the view and the end of the request's transaction."""

import pytest
from django.db import transaction
from django.http import HttpResponse

from accounts.middleware import NothingAfterCommitMiddleware
from accounts.models import User
from portal.lib.acting import SITE, acting_as


def fail():
    raise RuntimeError("the mail that tells of it cannot be written")


def test_a_change_whose_mail_fails_is_undone(rf, cast):
    def view(request):
        User.objects.filter(pk=cast.alice.pk).update(name="Changed")
        transaction.on_commit(fail)
        return HttpResponse()

    with acting_as(SITE), pytest.raises(RuntimeError):  # as where Django turns the exception into an error page
        NothingAfterCommitMiddleware(view)(rf.get("/"))
    with acting_as(SITE):
        assert User.objects.get(pk=cast.alice.pk).name != "Changed"
