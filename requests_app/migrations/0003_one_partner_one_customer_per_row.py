"""A row that mixes tenants is impossible: what a request names belongs to its customer, and that to its partner."""

from django.db import migrations

KEYS = [
    (
        "subscriptionrequest",
        "customer_id, partner_id",
        "accounts_customer (id, partner_id)",
        "request_of_partners_customer",
    ),
    (
        "subscriptionrequest",
        "subscription_id, customer_id",
        "requests_app_subscription (id, customer_id)",
        "request_of_customers_subscription",
    ),
    (
        "requestline",
        "subscription_request_id, partner_id",
        "requests_app_subscriptionrequest (id, partner_id)",
        "line_of_partners_request",
    ),
    ("requestline", "offer_id, partner_id", "requests_app_offer (id, partner_id)", "line_of_partners_offer"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("requests_app", "0002_catalogue_subscriptions_requests"),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE requests_app_{table} ADD CONSTRAINT requests_app_{name} "
            f"FOREIGN KEY ({columns}) REFERENCES {target} DEFERRABLE INITIALLY IMMEDIATE",
            f"ALTER TABLE requests_app_{table} DROP CONSTRAINT requests_app_{name}",
        )
        for table, columns, target, name in KEYS
    ]
