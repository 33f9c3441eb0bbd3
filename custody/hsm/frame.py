"""The kill switch in the head of every page, and the banner as long as nothing is signed."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _t

from custody.accounts.models import User
from custody.accounts.roles import Right
from custody.hsm.selectors import standing_stop
from custody.hsm.standing import standing
from custody.hsm.trust.kills import restarting_people
from custody.web import show
from custody.web.frame import Banner, HeadButton, register


def _banners(user: User) -> Iterator[Banner]:
    may_read = user.has_right(Right.VIEW_KEYS)
    stop = standing_stop()
    if stop is not None:
        text = _t("Signing is stopped since %(time)s: no payment is handed to the signer.")
        address = reverse("admin:hsm_signingstop_change", args=[stop.pk]) if may_read else ""
        yield Banner(text % {"time": show.plain_moment(stop.stopped_at)}, address, _t("How it goes on"))
    kills = standing().kills
    if kills:
        is_whole = any("key" not in kill for kill in kills)
        whole = _t(
            "The signer is killed: it signs no payment until a RESTART is signed, by its maker and"
            " %(people)d officers besides."
        )
        one = _t(
            "The signer signs no payment with a killed key until a RESTART is signed, by its maker and"
            " %(people)d officers besides."
        )
        text = (whole if is_whole else one) % {"people": restarting_people()}
        address = reverse("admin:hsm_trustdraft_add") + "?type=RESTART" if may_read else ""
        yield Banner(text, address, _t("Draft the restart"))


def _buttons(user: User) -> Iterator[HeadButton]:
    if user.has_right(Right.STOP_SIGNING) and standing_stop() is None:
        yield HeadButton(_t("Kill switch"), reverse("admin:hsm_signingstop_add"))


register(banners=_banners, buttons=_buttons)
