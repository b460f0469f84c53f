from django.urls import path

from requests_app import views

app_name = "requests_app"
urlpatterns = [
    path("subscriptions/", views.subscription_list, name="subscription_list"),
    path("subscriptions/<int:pk>/", views.subscription_detail, name="subscription_detail"),
    path("requests/", views.request_list, name="request_list"),
    path("requests/new/purchase/", views.new_purchase, name="new_purchase"),
    path("requests/new/cancellation/", views.new_cancellation, name="new_cancellation"),
    path("requests/<str:number>/", views.request_detail, name="request_detail"),
    path("requests/<str:number>/withdraw/", views.withdraw_request, name="withdraw_request"),
]
