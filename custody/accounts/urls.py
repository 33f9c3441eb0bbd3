"""Addresses of log-in, second factor and session."""

from django.urls import path

from custody.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.log_in, name="login"),
    path("code/", views.enter_code, name="code"),
    path("enrol/", views.enrol, name="enrol"),
    path("logout/", views.log_out, name="logout"),
    path("password/", views.new_password, name="password"),
    path("language/", views.choose_language, name="language"),
]
