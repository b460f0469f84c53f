"""The count in the header, and the top of the home page: what waits for whom."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import CustomerMembership, PartnerMembership
from requests_app import waiting, workflow
from requests_app.models import EndOfTermChoice
from tests import factories


def asked(cast, customer=None, author=None, agent=None, question="For whom?"):
    agent = agent or cast.dana
    filed = workflow.claim(factories.purchase(customer or cast.customer, author or cast.bob), actor=agent)
    return workflow.ask_customer(filed, actor=agent, question=question)


def counts(person):
    found = waiting.for_person(person)
    return found.answers, found.at_desk


def test_each_counts_what_they_can_do_something_about(cast):
    asked(cast)
    factories.purchase(cast.customer, cast.bob)  # nobody has it
    workflow.claim(factories.purchase(cast.customer, cast.bob), actor=cast.max)
    asked(cast, cast.foreign_customer, cast.frank, cast.erin)
    assert {name: counts(person) for name, person in cast.everybody().items()} == {
        "alice": (1, 0),
        "bob": (1, 0),
        "carol": (0, 0),  # sees it and may not answer
        "charlie": (0, 0),
        "dana": (0, 2),
        "max": (0, 2),
        "erin": (0, 1),
        "frank": (1, 0),
        "sam": (0, 0),
        "root": (0, 1),
    }


def test_what_is_closed_or_answered_counts_no_more(cast):
    workflow.answer(asked(cast), actor=cast.bob, text="For Carol")
    workflow.withdraw(asked(cast), actor=cast.bob)
    assert (counts(cast.bob), counts(cast.dana)) == ((0, 0), (0, 1))


def test_somebody_on_both_sides_has_both_counts_in_one_statement(cast, assert_statements):
    CustomerMembership.objects.create(user=cast.erin, customer=cast.customer, role="requester")
    asked(cast)
    factories.purchase(cast.foreign_customer, cast.frank)
    waiting.roles_of(cast.erin)
    with assert_statements(1):
        assert counts(cast.erin) == (1, 1)


@pytest.mark.parametrize("name", ["carol", "sam"])
def test_nothing_is_asked_for_people_who_neither_answer_nor_work(cast, assert_statements, name):
    person = getattr(cast, name)
    waiting.roles_of(person)
    with assert_statements(0):
        assert counts(person) == (0, 0)


def test_count_ends_at_99(cast, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 2)
    for _ in range(5):
        factories.purchase(cast.customer, cast.bob)
    found = waiting.for_person(cast.dana)
    assert (found.at_desk, found.at_desk_shown) == (3, "2+")
    assert waiting.Waiting({1: 2}, 0).answers_shown == "2"


@pytest.mark.parametrize(("name", "address", "text"), [
    ("bob", "/subscriptions/", "request waits for your answer"),
    ("dana", "/admin/", "request is yours or nobody’s"),
])  # fmt: skip
def test_header_says_it_with_words(client, cast, name, address, text):
    waiting_request = asked(cast)
    client.force_login(getattr(cast, name))
    assert f'1<span class="visually-hidden"> {text}</span>' in client.get(address).text
    workflow.decline(waiting_request, actor=cast.dana, reason="No answer")
    assert text not in client.get(address).text


# --- Home ---


def home(client, person):
    client.force_login(person)
    return client.get("/")


def test_home_begins_with_the_question_and_an_answer_button(client, cast):
    filed = asked(cast, question="How many people start in December?")
    response = home(client, cast.bob)
    assert [one.pk for one in response.context["overview"].waiting.rows] == [filed.pk]
    assert response.context["overview"].open.rows == []
    assert "How many people start in December?" in response.text
    assert f'href="/requests/{filed.number}/#answer"' in response.text
    assert f'href="/requests/{filed.number}/#answer"' not in home(client, cast.carol).text


def test_home_shows_the_newest_question(client, cast):
    waiting_request = asked(cast, question="The first question")
    again = workflow.answer(waiting_request, actor=cast.bob, text="An answer")
    workflow.ask_customer(again, actor=cast.dana, question="The second question")
    text = home(client, cast.bob).text
    assert "The second question" in text
    assert "The first question" not in text


def test_home_names_the_other_companies_where_something_waits(client, cast):
    CustomerMembership.objects.create(user=cast.bob, customer=cast.sibling, role="requester")
    asked(cast, cast.sibling, cast.charlie)
    client.force_login(cast.bob)
    client.post("/me/customer/", {"customer": cast.customer.pk})
    response = client.get("/")
    assert (response.context["customer"], response.context["elsewhere"]) == (cast.customer, [(cast.sibling, 1)])
    assert "Sibling Foods: 1 request waits for your answer there." in response.text


def test_renewals_ahead_are_those_that_nobody_has_decided_on(client, cast):
    def ending(days, **fields):
        end = timezone.now().date() + datetime.timedelta(days=days)
        return factories.subscription(cast.customer, commitment_end_date=end, cancellation_allowed_until=None, **fields)

    ahead = ending(30)
    ending(30, arranged_at_end_of_term=EndOfTermChoice.RENEW)
    factories.cancellation(ending(30), cast.bob)
    ending(90)
    ending(20, term_duration="P1M")
    near = ending(5, term_duration="P1M")
    rows = home(client, cast.bob).context["overview"].renewals.rows
    assert [renewal.subscription for renewal in rows] == [near, ahead]


def test_window_that_is_asked_about_needs_nobody(client, cast):
    factories.cancellation(factories.subscription(cast.customer), cast.bob)
    open_window = factories.subscription(cast.customer)
    assert home(client, cast.bob).context["overview"].windows.rows == [open_window]


def test_partner_without_place_has_no_count(cast):
    PartnerMembership.objects.filter(user=cast.dana).delete()
    factories.purchase(cast.customer, cast.bob)
    assert counts(cast.dana) == (0, 0)
