"""The site over an embedded database of its own, for measuring: prepared, filled, and taken away again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parent.parent
PARTNERS, CUSTOMERS_EACH = 10, 100


@contextmanager
def site() -> Iterator[None]:
    """Start a durable PostgreSQL, set Django up over it, migrate; afterwards stop it and delete its data."""
    from portal.lib.embedded_postgres import cluster_for, hold, reset

    cluster = cluster_for(PROJECT, "bench")
    reset(cluster)
    with hold(cluster):
        os.environ |= addresses(cluster, "portal")
        set_django_up()
        from django.db import connections
        from django.test.utils import setup_test_environment

        setup_test_environment()  # the client keeps templates' contexts off, mail stays in memory
        try:
            yield
        finally:
            connections.close_all()
    reset(cluster)


def addresses(cluster: Any, database: str) -> dict[str, str]:
    """Return the environment that names ``database`` as the application and as the owner see it."""
    server = urlencode({"host": str(cluster.socket_dir), "port": str(cluster.port)})
    roles = {"DATABASE_URL": "portal_app", "DATABASE_OWNER_URL": "portal_owner"}
    return {variable: f"postgres://{role}@/{database}?{server}" for variable, role in roles.items()}


def set_django_up() -> None:
    """Set Django up over the database that the environment names; migrate that, collect files, compile translations."""
    static = PROJECT / "var" / "bench" / "static"
    static.mkdir(parents=True, exist_ok=True)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PORTAL_DEMO": "1", "PORTAL_STATIC_ROOT": str(static)}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("compile_translations", verbosity=0)


def fill(requests: int) -> None:
    """Write partners, customers, people, subscriptions and ``requests`` requests with an event each, as the owner."""
    from django.contrib.auth.hashers import make_password

    from portal.lib.database_roles import database_owner

    values: dict[str, int | str] = {
        "partners": PARTNERS,
        "customers": PARTNERS * CUSTOMERS_EACH,
        "requests": requests,
        "password": make_password("x" * 20, hasher="pbkdf2_sha256"),
    }
    with database_owner() as owner, owner.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")


FILL = [
    """INSERT INTO accounts_partner (name, edition, contact_email, phone, hours, web_page, lead_time_days)
       SELECT 'Partner ' || p, 'commercial', 'hello@example.com', '', '', '', 0 FROM generate_series(1, %(partners)s) p""",
    """INSERT INTO accounts_customer (partner_id, name, domain, tenant_prefix, cloud, tenant_may_join)
       SELECT 1 + c %% %(partners)s, 'Customer ' || c, '', '', 'commercial', false
       FROM generate_series(0, %(customers)s - 1) c""",
    """INSERT INTO accounts_user (password, is_superuser, email, name, language, last_language, time_zone, is_active,
                                  is_staff, date_joined)
       SELECT %(password)s, false, kind || n || '@example.com', initcap(kind) || n, 'en', 'en', 'UTC', true, false, now()
       FROM (SELECT 'agent' AS kind, generate_series(1, %(partners)s) AS n
             UNION ALL SELECT 'customer', generate_series(1, %(customers)s)) people""",
    """INSERT INTO accounts_partnermembership (user_id, partner_id, role)
       SELECT id, substring(email FROM '[0-9]+')::int, 'manager' FROM accounts_user WHERE email LIKE 'agent%%'""",
    """INSERT INTO accounts_customermembership (user_id, customer_id, role)
       SELECT id, substring(email FROM '[0-9]+')::int, 'admin' FROM accounts_user WHERE email LIKE 'customer%%'""",
    """INSERT INTO account_emailaddress (user_id, email, verified, "primary")
       SELECT id, email, true, true FROM accounts_user""",
    """INSERT INTO requests_app_product (name, description, catalog_item_id, category, product_type, services, clouds)
       SELECT jsonb_build_object('en', 'Product ' || p), '{}', 'CFQ-' || p, 'productivity', 'license_based', '{}',
              '{commercial}'
       FROM generate_series(1, 20) p""",
    """INSERT INTO requests_app_offer (partner_id, product_id, term_duration, billing_cycle, unit_price, currency, is_active)
       SELECT p.id, o.id, 'P1Y', 'monthly', 310, 'TWD', true FROM accounts_partner p, requests_app_product o""",
    """INSERT INTO requests_app_subscription (customer_id, partner_id, product_id, friendly_name, quantity, term_duration,
         billing_cycle, status, auto_renew_enabled, effective_start_date, commitment_end_date, external_id, order_id)
       SELECT c.id, c.partner_id, 1 + (c.id + s) %% 20, '', 25, 'P1Y', 'monthly', 'active', true, current_date - 30,
              current_date + 335, 'SUB-' || c.id || '-' || s, ''
       FROM accounts_customer c, generate_series(1, 10) s""",
    """INSERT INTO requests_app_subscriptionrequest (kind, customer_id, partner_id, author_id, assignee_id, cancel_when, note,
         status, deadline, decline_reason, external_reference, submitted_at, closed_at)
       SELECT 'purchase', c.id, c.partner_id, m.user_id, CASE WHEN r / %(customers)s %% 20 = 0 THEN NULL ELSE a.user_id END, '',
              'For new colleagues', CASE WHEN r / %(customers)s %% 20 = 0 THEN 'submitted' ELSE 'completed' END,
              now() + (r * 37 %% 500) * interval '1 hour', '', CASE WHEN r / %(customers)s %% 20 = 0 THEN '' ELSE 'ORDER-' || r END,
              now() - r * interval '1 minute', CASE WHEN r / %(customers)s %% 20 = 0 THEN NULL ELSE now() - r * interval '30 seconds' END
       FROM generate_series(1, %(requests)s) r
       JOIN accounts_customer c ON c.id = 1 + r %% %(customers)s
       JOIN accounts_customermembership m ON m.customer_id = c.id
       JOIN accounts_partnermembership a ON a.partner_id = c.partner_id""",
    """INSERT INTO requests_app_requestline (subscription_request_id, partner_id, offer_id, quantity, unit_price, currency)
       SELECT r.id, r.partner_id, o.id, 3, 310, 'TWD' FROM requests_app_subscriptionrequest r
       JOIN requests_app_offer o ON o.partner_id = r.partner_id AND o.product_id = 1 + r.id %% 20""",
    """INSERT INTO requests_app_requestevent (subscription_request_id, action, from_status, to_status, actor_id, note,
         created_at)
       SELECT id, 'submit', '', 'submitted', author_id, '', submitted_at FROM requests_app_subscriptionrequest""",
]
