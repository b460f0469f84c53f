from django.urls import path

from requests_app.models import Kind
from requests_app.views import asking, attachments, conversation, purchase, renewals, requests, subscriptions

app_name = "requests_app"
urlpatterns = [
    path("subscriptions/", subscriptions.subscription_list, name="subscription_list"),
    path("subscriptions/<int:pk>/", subscriptions.subscription_detail, name="subscription_detail"),
    path("renewals/", renewals.renewal_list, name="renewals"),
    # Asking
    path("requests/new/purchase/", purchase.new_purchase, name="new_purchase"),
    path("requests/new/cancellation/", asking.new_request, {"kind": Kind.CANCELLATION}, name="new_cancellation"),
    path("requests/new/more_seats/", asking.new_request, {"kind": Kind.MORE_SEATS}, name="new_more_seats"),
    path("requests/new/fewer_seats/", asking.new_request, {"kind": Kind.FEWER_SEATS}, name="new_fewer_seats"),
    path("requests/new/end_of_term/", asking.new_request, {"kind": Kind.END_OF_TERM}, name="new_end_of_term"),
    # What will happen, while a form is being filled in
    path("requests/new/purchase/preview/", purchase.preview_of_purchase, name="preview_purchase"),
    path(
        "requests/new/cancellation/preview/",
        asking.preview_of_request,
        {"kind": Kind.CANCELLATION},
        name="preview_cancellation",
    ),
    path(
        "requests/new/more_seats/preview/",
        asking.preview_of_request,
        {"kind": Kind.MORE_SEATS},
        name="preview_more_seats",
    ),
    path(
        "requests/new/fewer_seats/preview/",
        asking.preview_of_request,
        {"kind": Kind.FEWER_SEATS},
        name="preview_fewer_seats",
    ),
    path(
        "requests/new/end_of_term/preview/",
        asking.preview_of_request,
        {"kind": Kind.END_OF_TERM},
        name="preview_end_of_term",
    ),
    # What has been asked
    path("requests/", requests.request_list, name="request_list"),
    path("requests/<str:number>/", requests.request_detail, name="request_detail"),
    path("requests/<str:number>/answer/", conversation.answer_request, name="answer_request"),
    path("requests/<str:number>/message/", conversation.write_message, name="write_message"),
    path("requests/<str:number>/withdraw/", conversation.withdraw_request, name="withdraw_request"),
    path("attachments/<uuid:key>/", attachments.attachment, name="attachment"),
]
