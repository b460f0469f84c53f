from django.urls import path

from requests_app.views import asking, attachments, conversation, requests, subscriptions

app_name = "requests_app"
urlpatterns = [
    path("subscriptions/", subscriptions.subscription_list, name="subscription_list"),
    path("subscriptions/<int:pk>/", subscriptions.subscription_detail, name="subscription_detail"),
    # Asking
    path("requests/new/purchase/", asking.new_purchase, name="new_purchase"),
    path("requests/new/cancellation/", asking.new_cancellation, name="new_cancellation"),
    # What has been asked
    path("requests/", requests.request_list, name="request_list"),
    path("requests/<str:number>/", requests.request_detail, name="request_detail"),
    path("requests/<str:number>/answer/", conversation.answer_request, name="answer_request"),
    path("requests/<str:number>/message/", conversation.write_message, name="write_message"),
    path("requests/<str:number>/withdraw/", conversation.withdraw_request, name="withdraw_request"),
    path("attachments/<uuid:key>/", attachments.attachment, name="attachment"),
]
