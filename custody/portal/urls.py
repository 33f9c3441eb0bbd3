"""Addresses of the portal."""

from django.urls import path

from custody.portal import files, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("deals/<str:deal_id>/", views.deal_page, name="deal"),
    path("deals/<str:deal_id>/live/", views.live_part, name="live"),
    path("deals/<str:deal_id>/do/<slug:name>/", views.do_deed, name="do"),
    path("deals/<str:deal_id>/terms.json", files.terms, name="terms"),
    path("deals/<str:deal_id>/contract", files.contract, name="contract"),
    path("deals/<str:deal_id>/challenge.json", files.challenge, name="challenge"),
    path("deals/<str:deal_id>/proof/<slug:role>.json", files.proof, name="proof"),
    path("deals/<str:deal_id>/payout.psbt", files.psbt, name="psbt"),
    path("deals/<str:deal_id>/evidence/<slug:sha256>", files.evidence, name="evidence"),
]
