"""The forms of custody.web.show as template filters."""

from django import template

from custody.web import show

register = template.Library()
for _function in (show.moment, show.shortened, show.grouped, show.coins):
    register.filter(_function.__name__, _function)
