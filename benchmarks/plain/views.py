"""A bare Django form: one ModelForm, one row."""

import datetime

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.http import person
from accounts.models import Customer
from requests_app.models import Kind, SubscriptionRequest


class AskForm(forms.ModelForm):
    class Meta:
        model = SubscriptionRequest
        fields = ("customer", "note")


@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Show the form; write what was sent as a row, and lead back."""
    user, now = person(request), timezone.now()
    asked = SubscriptionRequest(
        kind=Kind.PURCHASE, author=user, submitted_at=now, deadline=now + datetime.timedelta(days=2)
    )
    form = AskForm(request.POST or None, instance=asked)
    menu = form.fields["customer"]
    assert isinstance(menu, forms.ModelChoiceField)
    menu.queryset = Customer.objects.filter(memberships__user=user)
    if form.is_valid():
        asked.partner_id = form.cleaned_data["customer"].partner_id
        form.save()
        return redirect("ask")
    return render(request, "form.html", {"form": form})
