"""A hundred requests in every state, each with the history that led there.

The rows are written directly, which is the one exception to "only ``workflow.py`` writes a status": the workflow
stamps every step with the present moment and enqueues a mail for it, and a demonstration needs months of past and no
flood of mails. What is written follows the same table: each step is looked up in ``workflow.TRANSITIONS``, deadlines
and previews are those of ``previews`` at the moment of filing, and a test replays every history against the table.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import cycle, groupby
from random import Random

from accounts.models import Customer, User
from portal.demo_data.asked import ASKED, Asked
from portal.demo_data.catalogue import Offers
from portal.demo_data.organisations import BY_KEY, FIRST, ORGANISATIONS, invented_order
from portal.demo_data.people import who_may_ask, who_works_at
from portal.demo_data.phrases import CHINESE, ENGLISH, Phrases, is_chinese
from portal.demo_data.subscriptions import HELD, Subscriptions, added_at, cancelled_at, term_began
from portal.demo_data.times import at_work
from requests_app import attachments, policy, previews, revalidation
from requests_app.attachments import Upload
from requests_app.models import (
    Action,
    CancelWhen,
    EndOfTermChoice,
    Kind,
    RequestEvent,
    RequestLine,
    Status,
    SubscriptionRequest,
    SubscriptionStatus,
)
from requests_app.workflow import CLOSING, TALK, TRANSITIONS, OrderLine, is_answer
from requests_app.workflow.runner import INTERNAL

PATHS: dict[Status, list[tuple[Action, ...]]] = {
    Status.SUBMITTED: [(), (), (Action.CLAIM, Action.RELEASE), ()],
    Status.IN_REVIEW: [(Action.CLAIM,), (Action.CLAIM,), (Action.CLAIM, Action.RELEASE, Action.CLAIM)],
    Status.WAITING: [(Action.CLAIM, Action.ASK_CUSTOMER)],
    Status.APPROVED: [(Action.CLAIM, Action.APPROVE)],
    Status.FAILED: [(Action.CLAIM, Action.APPROVE, Action.FAIL)],
    Status.COMPLETED: [(Action.CLAIM, Action.APPROVE, Action.COMPLETE)],
    Status.DECLINED: [(Action.CLAIM, Action.DECLINE)],
    Status.WITHDRAWN: [(Action.WITHDRAW,), (Action.CLAIM, Action.WITHDRAW)],
}
"""The steps after the first that lead to a state; taken in turn."""

FILES = {
    "new-users.csv": Upload(
        "new-users.csv", "text/csv", b"name,address\r\nLin Pei,pei.lin@pinewhistlefoods.demo.example\r\n"
        b"Hsu Jo,jo.hsu@pinewhistlefoods.demo.example\r\n",
    ),
}  # fmt: skip
"""What is attached to what was said."""

HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)

PRICES_ROSE = datetime.timedelta(days=150)
"""How long ago the offers' prices were last raised: older lines keep the price of then."""


@dataclass
class Story:
    """One request as it will be written, with what belongs to it."""

    row: SubscriptionRequest
    lines: list[RequestLine] = field(default_factory=list)
    events: list[RequestEvent] = field(default_factory=list)
    file: str = ""


@dataclass(frozen=True)
class Filed:
    """What a request asks for, when it was filed, and where and when it arrived."""

    asked: Asked
    submitted_at: datetime.datetime
    last_step_at: datetime.datetime
    external_reference: str = ""


class Storyteller:
    """Turns what was asked into rows. ``now`` is read once by whoever loads."""

    def __init__(
        self,
        customers: dict[str, Customer],
        people: dict[str, User],
        offers: Offers,
        subscriptions: Subscriptions,
        now: datetime.datetime,
    ) -> None:
        self.customers = customers
        self.people = people
        self.offers = offers
        self.subscriptions = subscriptions
        self.now = now
        self.random = Random(2026)  # noqa: S311 - invented times of day, the same at each load
        self.phrases = Phrases()
        self.paths = {status: cycle(paths) for status, paths in PATHS.items()}
        self.languages = cycle([ENGLISH, CHINESE])
        self.authors = {each.key: cycle(who_may_ask(each.key)) for each in ORGANISATIONS}
        self.workers = {partner: cycle(who_works_at(partner)) for partner in {o.partner for o in ORGANISATIONS}}

    def filed(self) -> Iterator[Filed]:
        """Yield everything that was ever asked for, in no particular order."""
        for asked in ASKED:
            submitted_at = self._submitted_at(asked)
            elapsed = self.now - submitted_at
            if asked.status in CLOSING:
                yield Filed(asked, submitted_at, self._after(submitted_at, min(28 * HOUR, elapsed * 0.8), asked))
            else:
                yield Filed(asked, submitted_at, self._after(submitted_at, min(20 * HOUR, elapsed * 0.7), asked))
        yield from self._completed_purchases()
        yield from self._completed_cancellations()
        yield from self._completed_changes()

    def _submitted_at(self, asked: Asked) -> datetime.datetime:
        if asked.days is not None:
            return at_work(self.now, asked.days, BY_KEY[asked.customer].zone)
        assert asked.hours is not None
        return self.now - datetime.timedelta(hours=asked.hours)

    def _completed_purchases(self) -> Iterator[Filed]:
        """Yield the purchases that created subscriptions: completed the moment their terms began."""
        bought = sorted((held for held in HELD if held.order), key=lambda held: (held.customer, held.order))
        for (customer, order), group in groupby(bought, key=lambda held: (held.customer, held.order)):
            together = list(group)
            product_type = self.subscriptions[customer, together[0].product].product.product_type
            done_at = term_began(together[0], product_type, self.now)
            asked = Asked(
                customer, Status.COMPLETED, buys=tuple((held.product, held.plan, held.quantity) for held in together)
            )
            yield Filed(asked, self._before(done_at, asked), done_at, invented_order(customer, order))

    def _completed_cancellations(self) -> Iterator[Filed]:
        """Yield the cancellations that ended subscriptions, or arranged that they end."""
        for held in HELD:
            done_at = cancelled_at(held, self.now)
            if held.cancelled is None or done_at is None:
                continue
            asked = Asked(held.customer, Status.COMPLETED, cancels=(held.product, held.cancelled[0]))
            reference = invented_order("cancellation", held.customer, held.product)
            yield Filed(asked, self._before(done_at, asked), done_at, reference)

    def _completed_changes(self) -> Iterator[Filed]:
        """Yield the requests that added seats to subscriptions, or arranged what happens at the end of a term."""
        for held in HELD:
            reference = invented_order("change", held.customer, held.product)
            for seats, days in held.added:
                asked = Asked(held.customer, Status.COMPLETED, about=held.product, seats=seats)
                done_at = added_at(held, days, self.now)
                yield Filed(asked, self._before(done_at, asked), done_at, reference)
            if held.arranged is not None:
                asked = Asked(held.customer, Status.COMPLETED, about=held.product, choice=EndOfTermChoice.RENEW)
                done_at = added_at(held, held.arranged, self.now)
                yield Filed(asked, self._before(done_at, asked), done_at, reference)

    def _before(self, done_at: datetime.datetime, asked: Asked) -> datetime.datetime:
        """Return when a request that was done at ``done_at`` was filed: about a day before."""
        return self._by_day(asked, done_at - 27 * HOUR, done_at - 3 * HOUR)

    def _after(self, submitted_at: datetime.datetime, longest: datetime.timedelta, asked: Asked) -> datetime.datetime:
        """Return when the last step so far was taken, at most ``longest`` after the request was filed."""
        return self._by_day(asked, submitted_at + longest * 0.3, submitted_at + longest)

    def _by_day(self, asked: Asked, earliest: datetime.datetime, latest: datetime.datetime) -> datetime.datetime:
        """Return a moment between the two; one in the customer's daytime if twenty tries find it."""
        zone = BY_KEY[asked.customer].zone
        seconds = (latest - earliest).total_seconds()
        moment = latest
        for _attempt in range(20):
            moment = earliest + datetime.timedelta(seconds=seconds * self.random.random())
            if 8 <= moment.astimezone(zone).hour < 19:
                break
        return moment.replace(microsecond=0)

    def tell(self, filed: Filed) -> Story:
        """Return the request with its lines and its history."""
        asked = filed.asked
        customer = self.customers[asked.customer]
        language = self._language(asked)
        story = Story(
            SubscriptionRequest(
                kind=asked.kind,
                customer=customer,
                partner_id=customer.partner_id,
                author=self.people[next(self.authors[asked.customer])],
                note=asked.note or self.phrases.take(_slot(asked), language),
                submitted_at=filed.submitted_at,
                external_reference=filed.external_reference,
                seats=asked.seats,
                at_end_of_term=asked.choice or "",
                renewal_quantity=asked.changes.quantity,
                renewal_term_duration=asked.changes.term_duration,
                renewal_billing_cycle=asked.changes.billing_cycle,
            ),
            file=asked.file,
        )
        if asked.kind != Kind.PURCHASE:
            self._add_subscription(story.row, asked)
        story.lines = [self._line(story.row, asked.customer, *bought) for bought in asked.buys]
        self._preview(story, asked)
        self._add_history(story, filed, language)
        return story

    def _preview(self, story: Story, asked: Asked) -> None:
        """Keep with the request what its author was shown, as the workflow does, and set its deadline."""
        row, now = story.row, story.row.submitted_at
        facts = previews.facts_of(row.subscription) if row.subscription else None
        if facts is None:
            lines = [OrderLine(line.offer, line.quantity) for line in story.lines]
            outcome, row.facts = previews.of_purchase(lines, now), revalidation.facts_of_lines(story.lines)
        else:
            outcome = _outcome(asked, _as_it_was(facts) if asked.cancels else facts, now)
            assert row.subscription is not None
            row.facts = revalidation.facts_of_subscription(row.subscription)
        row.preview = outcome.to_json()
        deadline = previews.deadline_of(row, facts, now)
        row.deadline, row.deadline_reason = deadline.at, deadline.reason
        row.window_closes_at = previews.window_of(row, facts, now)

    def _language(self, asked: Asked) -> str:
        """Return what this customer's people, and those who answer them, write in."""
        if asked.note:
            return CHINESE if is_chinese(asked.note) else ENGLISH
        return next(self.languages) if BY_KEY[asked.customer].partner == FIRST else ENGLISH

    def _add_subscription(self, row: SubscriptionRequest, asked: Asked) -> None:
        product, row.cancel_when = asked.cancels or (asked.about, "")
        row.subscription = self.subscriptions[asked.customer, product]

    def _line(self, row: SubscriptionRequest, customer: str, product: str, plan: str, quantity: int) -> RequestLine:
        offer = self.offers[BY_KEY[customer].partner, product, plan]
        price = offer.unit_price
        if row.submitted_at < self.now - PRICES_ROSE:
            price = (price * Decimal("0.95")).quantize(Decimal(1) if offer.currency == "TWD" else Decimal("0.01"))
        return RequestLine(
            subscription_request=row,
            partner_id=row.partner_id,
            offer=offer,
            quantity=quantity,
            unit_price=price,
            currency=offer.currency,
        )

    def _add_history(self, story: Story, filed: Filed, language: str) -> None:
        """Append the steps that led to the request's state, and leave the request as the last one left it."""
        row = story.row
        path = filed.asked.path or next(self.paths[filed.asked.status])
        story.events.append(_event(row, Action.SUBMIT, "", row.author, row.note, row.submitted_at))
        for number, action in enumerate(path, start=1):
            from_status, moment = row.status, self._moment(filed, number, len(path))
            actor = self._take_step(row, action, filed, language)
            if action == Action.APPROVE:
                deadline = previews.deadline_once_approved(row, moment)
                row.deadline, row.deadline_reason = deadline.at, deadline.reason
            words = filed.asked.said.get(action) or self._words(row, action, language)
            story.events.append(_event(row, action, from_status, actor, words, moment))
            if row.answered_at is None and is_answer(action, by_customer=actor == row.author):
                row.answered_at = moment
            row.version += action not in TALK
        if row.status in CLOSING:
            row.closed_at = filed.last_step_at
        else:
            self._escalate(story)

    def _escalate(self, story: Story) -> None:
        """Note that the deadline is near where the job would have done so by now: it finds nothing new at its start."""
        row, last = story.row, story.events[-1].created_at
        for level, who in enumerate(policy.EscalationLevel, start=1):
            due = policy.escalation_moment(row.deadline, who, since=row.submitted_at)
            last = max(due, last + 10 * MINUTE)
            if due > self.now:
                return
            event = _event(row, Action.ESCALATE, row.status, None, "", min(last, self.now - (3 - level) * MINUTE))
            event.changes = [{"code": "escalated", "level": level}]
            story.events.append(event)
            row.escalation = level

    def _take_step(self, row: SubscriptionRequest, action: Action, filed: Filed, language: str) -> User:
        """Change the request as the workflow's step does, and return who took it."""
        row.status = TRANSITIONS[action].target or row.status
        actor = row.assignee
        if action == Action.CLAIM:
            actor = row.assignee = self.people[next(self.workers[BY_KEY[filed.asked.customer].partner])]
        elif action == Action.RELEASE:
            row.assignee = None
        elif action == Action.DECLINE:
            slot = "decline_cancel" if row.kind == Kind.CANCELLATION else "decline_purchase"
            row.decline_reason = filed.asked.reason or self.phrases.take(slot, language)
        elif action == Action.FAIL:
            row.failure_reason = filed.asked.said[action]
        elif action in (Action.WITHDRAW, Action.ANSWER):
            actor = row.author
        assert actor is not None
        return actor

    def _words(self, row: SubscriptionRequest, action: Action, language: str) -> str:
        if action == Action.CLAIM:
            return ""
        return row.decline_reason if action == Action.DECLINE else self.phrases.take(action, language)

    def _moment(self, filed: Filed, number: int, count: int) -> datetime.datetime:
        """Return when step ``number`` of ``count`` was taken; the last one is where ``filed`` says."""
        if number == count:
            return filed.last_step_at
        share = (filed.last_step_at - filed.submitted_at) / count
        earliest = filed.submitted_at + share * (number - 0.8)
        return self._by_day(filed.asked, earliest, filed.submitted_at + share * number)


def _slot(asked: Asked) -> str:
    """Return which phrases explain the request."""
    if asked.cancels is None:
        return "purchase" if asked.kind in (Kind.PURCHASE, Kind.MORE_SEATS) else "end_of_term"
    return "cancel_now" if asked.cancels[1] == CancelWhen.NOW else "cancel_end"


def _as_it_was(facts: policy.Facts) -> policy.Facts:
    """Return the facts of a subscription as they were before it was cancelled: it is made as it is in the end."""
    if facts.ends_on is None:
        return facts
    return replace(facts, status=SubscriptionStatus.ACTIVE, ends_on=None, auto_renew_enabled=True)


def _outcome(asked: Asked, facts: policy.Facts, now: datetime.datetime) -> policy.Outcome:
    """Return what comes of a request about a subscription, as the form of its kind shows it."""
    if asked.cancels:
        return policy.outcome_of_cancellation(facts, asked.cancels[1], now)
    if asked.choice:
        return previews.of_end_of_term(facts, asked.choice, asked.changes, now)
    assert asked.seats is not None
    if asked.fewer:
        return policy.outcome_of_fewer_seats(facts, facts.quantity - asked.seats, now)
    return policy.outcome_of_more_seats(facts, facts.quantity + asked.seats, now)


def _event(
    row: SubscriptionRequest, action: Action, from_status: str, actor: User | None, note: str, at: datetime.datetime
) -> RequestEvent:
    return RequestEvent(
        subscription_request=row,
        action=action,
        from_status=from_status,
        to_status=row.status,
        actor=actor,
        assignee=row.assignee,
        is_internal=action in INTERNAL,
        note=note,
        created_at=at,
    )


def load_requests(
    customers: dict[str, Customer],
    people: dict[str, User],
    offers: Offers,
    subscriptions: Subscriptions,
    now: datetime.datetime,
) -> None:
    """Write the requests, oldest first, with their lines and events. Enqueues nothing."""
    storyteller = Storyteller(customers, people, offers, subscriptions, now)
    stories = sorted(map(storyteller.tell, storyteller.filed()), key=lambda story: story.row.submitted_at)
    SubscriptionRequest.objects.bulk_create(story.row for story in stories)
    RequestLine.objects.bulk_create(line for story in stories for line in story.lines)
    RequestEvent.objects.bulk_create(event for story in stories for event in story.events)
    for story in stories:
        if story.file:
            attachments.keep(story.events[-1], [FILES[story.file]])
