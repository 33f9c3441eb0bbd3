"""People: who they are, what their roles allow, whether their second factor is set up."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from custody.accounts.admin.deeds import PEOPLE_DEEDS
from custody.accounts.models import Authenticator, User
from custody.accounts.roles import Right, Role
from custody.web import links, show
from custody.web.admin import Fact, RecordAdmin, Section, titled


@admin.register(User)
class PersonAdmin(RecordAdmin[User]):
    view_right = Right.VIEW_AUDIT
    work, place, icon, prefix = "people", 1, "group", "usr"
    deeds = PEOPLE_DEEDS
    list_display = ("shown_name", "email", "roles_shown", "factor", "active")
    list_filter = (
        ("is_staff", titled(_("our own people"))),
        ("is_active", titled(_("active"))),
        ("role_grants__role", titled(_("role"))),
    )
    search_fields = ("=id", "=person")
    ordering = ("-is_staff", "created_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.select_related("authenticator").prefetch_related("role_grants")

    @admin.display(description=_("name"))
    def shown_name(self, person: User) -> str:
        return person.name

    @admin.display(description=_("roles"))
    def roles_shown(self, person: User) -> SafeString:
        roles = sorted(row.role for row in person.role_grants.all())
        if roles:
            return show.lines([str(Role(role).label) for role in roles])
        return show.lines([str(_("acts for a client"))])

    @admin.display(description=_("second factor"))
    def factor(self, person: User) -> SafeString:
        authenticator: Authenticator | None = getattr(person, "authenticator", None)
        if authenticator is None:
            return show.status(_("not set up"), show.WARNING)
        if not authenticator.confirmed:
            return show.status(_("begun"), show.WAITING)
        return show.status(_("set up"), show.GOOD)

    def password(self, person: User) -> SafeString:
        if person.has_issued_password:
            return show.status(_("issued, not yet changed"), show.WARNING)
        return show.status(_("the person's own"), show.GOOD)

    @admin.display(description=_("state"), ordering="is_active")
    def active(self, person: User) -> SafeString:
        if person.is_active:
            return show.status(_("active"), show.GOOD)
        return show.status(_("deactivated"), show.NEUTRAL)

    def heading(self, record: User) -> str:
        return record.name

    def state(self, record: User) -> SafeString:
        return self.active(record)

    def sections(self, request: HttpRequest, record: User) -> list[Section]:
        facts = [
            Fact(_("Name"), record.name),
            Fact(_("E-mail"), record.email),
            Fact(_("Id"), show.code(record.pk)),
            Fact(_("Person in the trust store"), show.code(record.person or "")),
            Fact(_("Second factor"), self.factor(record)),
            Fact(_("Password"), self.password(record)),
            Fact(_("Last log-in"), show.moment(record.last_login)),
            Fact(_("Created"), show.moment(record.created_at)),
        ]
        return [Section(_("Person"), facts=facts), _roles(record), _clients(record)]


def _roles(person: User) -> Section:
    rows = [
        [row.get_role_display(), show.moment(row.granted_at)] for row in person.role_grants.order_by("role")
    ]
    return Section(_("Roles"), columns=(_("Role"), _("Since")), rows=rows)


def _clients(person: User) -> Section:
    rows = [
        [row.client.name, links.to_record(row.client_id), row.get_role_display(), show.moment(row.created_at)]
        for row in person.memberships.select_related("client").order_by("created_at", "pk")
    ]
    columns = (_("Client"), _("Id"), _("Role"), _("Since"))
    return Section(_("Acts for"), columns=columns, rows=rows)
