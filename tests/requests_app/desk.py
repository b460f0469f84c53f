"""Addresses and answers of the desk, for its tests."""

QUEUE = "/admin/requests_app/subscriptionrequest/"


def page(subscription_request, step="change"):
    return f"{QUEUE}{subscription_request.pk}/{step}/"


def listed(response):
    return list(response.context["cl"].result_list)
