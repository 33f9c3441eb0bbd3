"""Buttons of the HSM register: one person enters or changes a module, another confirms or returns it."""

from datetime import datetime

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from custody.accounts.forms import CodeForm
from custody.accounts.models import User
from custody.accounts.otp import require_fresh_totp
from custody.accounts.roles import Right
from custody.hsm.due import entered_it
from custody.hsm.models import HsmModule
from custody.hsm.register import FIELDS, confirm_module, enter_module, return_module
from custody.web.admin import Deed, Fields, Next, RecordForm


class ModuleForm(RecordForm[HsmModule]):
    """The values of a module; of one that is changed they stand there already."""

    backend = forms.RegexField(
        r"^[a-z][a-z0-9_-]{0,31}$",
        label=_("Name of the back-end"),
        help_text=_("as the signer's settings call it"),
    )
    vendor = forms.CharField(label=_("Vendor"), max_length=100)
    model = forms.CharField(label=_("Model"), max_length=100)
    serial = forms.CharField(label=_("Serial number"), max_length=100)
    firmware = forms.CharField(label=_("Firmware"), max_length=100)
    status = forms.ChoiceField(label=_("Status of the certificate"), choices=HsmModule.Status.choices)
    certificate = forms.CharField(label=_("Certificate number"), max_length=100, required=False)
    standard = forms.CharField(label=_("Standard"), max_length=100, required=False)
    level = forms.CharField(label=_("Level"), max_length=32, required=False)
    sunset = forms.DateField(
        label=_("Sunset date"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    in_use = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def prepare(self) -> None:
        if self.record is not None:
            self.initial = {name: getattr(self.record, name) for name in FIELDS} | dict(self.initial)


def _enter(user: User, _record: object, fields: Fields, at: datetime) -> Next:
    return _to(enter_module(actor=user, values=fields, at=at))


def _change(user: User, module: HsmModule, fields: Fields, at: datetime) -> Next:
    return _to(enter_module(actor=user, values=fields, at=at, changes=module.pk))


def _to(module: HsmModule) -> Next:
    address = reverse("admin:hsm_hsmmodule_change", args=[module.pk])
    return Next(_t("Entered. Another person has to confirm before it counts."), address)


def _confirm(user: User, module: HsmModule, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(user, fields["token"], at)
    confirm_module(actor=user, module_id=module.pk, factor=factor, at=at)
    return _t("Confirmed: this is what the register says now.")


def _return(user: User, module: HsmModule, fields: Fields, at: datetime) -> str:
    factor = require_fresh_totp(user, fields["token"], at)
    return_module(actor=user, module_id=module.pk, factor=factor, at=at)
    return _t("Returned: the register stays as it was.")


def _waits(module: HsmModule) -> bool:
    return module.state == HsmModule.State.ENTERED


def _is_in_force(module: HsmModule) -> bool:
    return module.state == HsmModule.State.CONFIRMED


ENTER = Deed[HsmModule](
    name="",  # the form stands alone on its page
    action="hsm.module.enter",
    label=_("Enter a module"),
    right=Right.DRAFT_TRUST,
    form=ModuleForm,
    perform=_enter,
    explanation=_(
        "Take the values from the device's label and from its certificate, not from the device itself."
    ),
)
MODULE_DEEDS = (
    Deed[HsmModule](
        name="confirm",
        action="hsm.module.confirm",
        label=_("Confirm the entry"),
        right=Right.DRAFT_TRUST,
        form=CodeForm,
        perform=_confirm,
        applies=_waits,
        blocked=entered_it,
        explanation=_("You have compared label, certificate and entry yourself."),
    ),
    Deed[HsmModule](
        name="return",
        action="hsm.module.return",
        label=_("Return the entry"),
        right=Right.DRAFT_TRUST,
        form=CodeForm,
        perform=_return,
        applies=_waits,
        blocked=entered_it,
    ),
    Deed[HsmModule](
        name="change",
        action="hsm.module.enter",
        label=_("Change the entry"),
        right=Right.DRAFT_TRUST,
        form=ModuleForm,
        perform=_change,
        applies=_is_in_force,
        explanation=_("The present entry counts until another person has confirmed the new one."),
    ),
)
