"""Raw SQL as whoever is acting, with no queryset of ours in between."""

from django.db import connection

CUSTOMERS = "SELECT name FROM accounts_customer"


def fetch(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
