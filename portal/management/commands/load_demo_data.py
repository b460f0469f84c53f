"""Fill an empty database with the demonstration's data."""

from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.utils import timezone

from accounts.models import Affiliation, Customer, Partner, User
from portal import demo_data
from portal.lib.acting import SITE, acting_as
from requests_app.models import (
    CancellationPolicy,
    CancellationPolicyEvent,
    Offer,
    Product,
    Subscription,
    SubscriptionRequest,
)


class Command(BaseCommand):
    help = (
        "Fill an empty database with the demonstration: two partners, eight customers, their people, subscriptions "
        "and requests, with dates told from now. Refuses a database that holds anything else than the site's links."
    )

    @acting_as(SITE)
    def handle(self, *args: Any, **options: Any) -> None:
        present = [model._meta.label for model in _models_that_must_be_empty() if model._default_manager.exists()]
        if present:
            raise CommandError(
                f"Demonstration data go into an empty database only; this one holds rows of {', '.join(present)}. "
                "Nothing was changed."
            )
        demo_data.load(timezone.now())
        loaded = ", ".join(
            f"{model._default_manager.count()} {model._meta.verbose_name_plural}"
            for model in (Partner, Customer, User, Product, Offer, Subscription, SubscriptionRequest)
        )
        self.stdout.write(f"Demonstration data loaded: {loaded}.")


PRESENT_FROM_THE_START = {Affiliation, CancellationPolicy, CancellationPolicyEvent}
"""What migrations load, or what the application may not read."""


def _models_that_must_be_empty() -> list[type[models.Model]]:
    own = [
        model
        for app in ("accounts", "requests_app")
        for model in apps.get_app_config(app).get_models()
        if model._meta.managed
    ]
    return [*(model for model in own if model not in PRESENT_FROM_THE_START), EmailAddress]
