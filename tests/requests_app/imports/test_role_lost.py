"""Whoever started an import has lost the role while it waited: it ends with a reason, and a colleague goes on."""

import pytest

from accounts.models import Customer, PartnerMembership, User
from requests_app.imports import runs
from requests_app.models import ImportStatus
from tests import factories
from tests.jobs import run_jobs
from tests.requests_app.imports import CUSTOMERS, TENANT, checked, confirmed, csv_file, customers, started

NEW = [TENANT.format(1), "Harbour Books", "harbourbooks.onmicrosoft.com", "Cloud Reseller"]
SAID = "this was done in the name of Max, who may not import here any more. You can go on in your own name."


@pytest.fixture
def colleague(cast):
    person = factories.person("nora")
    PartnerMembership.objects.create(user=person, partner=cast.partner, role=PartnerMembership.Role.MANAGER)
    return person


def leaves(cast):
    PartnerMembership.objects.filter(user=cast.max).delete()


def is_an_agent_now(cast):
    PartnerMembership.objects.filter(user=cast.max).update(role=PartnerMembership.Role.AGENT)


def may_not_sign_in(cast):
    User.objects.filter(pk=cast.max.pk).update(is_active=False)


@pytest.fixture(params=[leaves, is_an_agent_now, may_not_sign_in])
def loses_the_role(request):
    return request.param


def page_of(run):
    return f"/admin/requests_app/importrun/{run.pk}/change/"


def test_check_whose_person_may_not_any_more_ends_and_a_colleague_goes_on(as_, cast, colleague, loses_the_role):
    run = started(cast, CUSTOMERS, csv_file(*customers(NEW)))
    runs.match(run, run.columns, {}, actor=cast.max)
    loses_the_role(cast)
    run_jobs("check_import")
    run.refresh_from_db()
    assert (run.status, run.problem) == (ImportStatus.MAPPING, {"code": "no_role", "who": "Max"})
    assert SAID in as_(colleague).get(page_of(run), follow=True).text
    runs.match(run, run.columns, {}, actor=colleague)
    run_jobs("check_import")
    run.refresh_from_db()
    assert (run.status, run.problem) == (ImportStatus.CHECKED, {})
    confirmed(run, colleague)
    assert Customer.objects.filter(name="Harbour Books").count() == 1


def test_write_whose_person_may_not_any_more_writes_nothing(as_, cast, colleague, loses_the_role):
    run = checked(cast, CUSTOMERS, csv_file(*customers(NEW)))
    runs.confirm(run, digest=run.digest, only_right=False, actor=cast.max)
    loses_the_role(cast)
    run_jobs("write_import")
    run.refresh_from_db()
    assert (run.status, run.problem) == (ImportStatus.CHECKED, {"code": "no_role", "who": "Max"})
    assert not Customer.objects.filter(name="Harbour Books").exists()
    assert SAID in as_(colleague).get(page_of(run)).text
    confirmed(run, colleague)
    assert (run.status, Customer.objects.filter(name="Harbour Books").count()) == (ImportStatus.DONE, 1)


def test_job_that_runs_once_more_leaves_alone_what_its_person_may_do(cast):
    run = started(cast, CUSTOMERS, csv_file(*customers(NEW)))
    runs.match(run, run.columns, {}, actor=cast.max)
    runs.give_up_for(run.pk, cast.max.pk, ImportStatus.CHECKING, ImportStatus.MAPPING)
    run.refresh_from_db()
    assert run.status == ImportStatus.CHECKING
