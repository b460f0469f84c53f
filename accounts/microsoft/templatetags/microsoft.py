from django import template

from accounts.microsoft.registrations import registrations

register = template.Library()

register.simple_tag(registrations, name="microsoft_registrations")
