"""What is due about trust documents, people on duty, keys and the kill switch: rows of the worklist."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _t

from custody.accounts.models import User
from custody.accounts.roles import Right, Role
from custody.hsm.cryptoperiods import period_of
from custody.hsm.held import findings, modules_in_force, standing_since
from custody.hsm.models import HsmModule, SigningKey, TrustDraft
from custody.hsm.selectors import standing_stop
from custody.hsm.standing import standing
from custody.hsm.trust.kills import restarting_people, standing_kills
from custody.hsm.trust_states import OPEN, State
from custody.hsm.validity import Code, Finding
from custody.hsm.words import finding_word, type_word
from custody.web.worklist import LIMIT, Row

LEASE_NOTICE = timedelta(hours=4)
# What ends a finding: a change of the register, a command at the signer's console, a successor.
AT_THE_REGISTER = frozenset({Code.NOT_REGISTERED, Code.DIFFERS, Code.SUNSET, Code.REVOKED})
AT_THE_CONSOLE = frozenset({Code.CERTIFICATE, Code.NOT_PROBED, Code.COLD_KEY_OPEN})


def documents(user: User, at: datetime) -> Iterator[Row]:
    """Documents that wait for approvals, and accepted ones that can still be vetoed."""
    blocked, no_draft = _blocked(user, Right.DRAFT_TRUST), _may_not_draft(user)
    open_ones = TrustDraft.objects.filter(state__in=OPEN, expires_at__gt=at).order_by("expires_at")
    for draft in open_ones[:LIMIT]:
        what = _t("Have it signed and hand it to the signer: %(what)s") % {"what": type_word(draft.type)}
        yield _row(draft, what, draft.drafted_at, _t("Officers of the trust store"), blocked)
    for draft in TrustDraft.objects.filter(state=State.WAITING).order_by("activates_at")[:LIMIT]:
        what = _t("Takes effect unless somebody vetoes: %(what)s") % {"what": type_word(draft.type)}
        yield _row(draft, what, draft.drafted_at, _t("Any officer of the trust store"), no_draft)


def duty(user: User, at: datetime) -> Iterator[Row]:
    """Hot keys stand still when nobody is on duty, and somebody has to follow before."""
    active = SigningKey.objects.filter(purpose="spend", state="ACTIVE", offline=None)
    hot = [key for key in active if _is_hot(key)]
    until = standing().on_duty_until(at=at)
    if not hot or (until is not None and until - at > LEASE_NOTICE):
        return
    what = _t("Somebody has to go on duty: the last lease ends soon")
    if until is None:
        what = _t("Nobody is on duty: hot keys and mandates stand still")
    yield Row(
        what=what,
        about=hot[0].pk,
        since=until - LEASE_NOTICE if until else at,
        url=reverse("admin:hsm_trustdraft_add") + "?type=LEASE",
        who=_t("An officer or custodian of the trust store"),
        blocked=_may_not_draft(user),
    )


def validity(user: User, at: datetime) -> Iterator[Row]:
    """What rule V9 finds of keys and modules and somebody can do something about."""
    modules = {name: row.pk for name, row in modules_in_force().items()}
    entered = _entered_backends()
    to_do = [item for item in findings(at=at).all if item.is_to_do and not _is_under_way(item, entered)]
    for finding in to_do[:LIMIT]:
        yield Row(
            what=_t("Validity: %(what)s") % {"what": finding_word(finding)},
            about=finding.subject,
            since=standing_since(finding, at=at),
            url=_place_of(finding.subject, modules),
            **_duty_of(finding, user),
        )


def _entered_backends() -> frozenset[str]:
    """Back-ends with an entry of the register that waits for its second person: a row of its own."""
    waiting = HsmModule.objects.filter(state=HsmModule.State.ENTERED)
    return frozenset(waiting.values_list("backend", flat=True))


def _is_under_way(finding: Finding, entered: frozenset[str]) -> bool:
    return finding.code in AT_THE_REGISTER and finding.subject in entered


def register(user: User, _at: datetime) -> Iterator[Row]:
    """Entries of the HSM register that wait for a second person."""
    waiting = HsmModule.objects.filter(state=HsmModule.State.ENTERED).order_by("entered_at")
    for module in waiting[:LIMIT]:
        yield Row(
            what=_t("Confirm an entry of the HSM register"),
            about=module.pk,
            since=module.entered_at,
            url=reverse("admin:hsm_hsmmodule_change", args=[module.pk]),
            who=_t("Another officer or custodian"),
            blocked=_blocked(user, Right.DRAFT_TRUST) or entered_it(user, module),
        )


def entered_it(user: User, module: HsmModule) -> str:
    """Why who entered a module may not confirm it; empty for all others."""
    return _t("You entered this; another person has to confirm.") if module.entered_by_id == user.pk else ""


def _duty_of(finding: Finding, user: User) -> dict[str, str]:
    """Whose a finding is to end, and why it is not this person's: as the deed that ends it has it."""
    if finding.code in AT_THE_REGISTER:
        who, blocked = _t("Officer or custodian: the register"), _blocked(user, Right.DRAFT_TRUST)
    elif finding.code in AT_THE_CONSOLE:
        who, blocked = _t("Key custodian: the signer's console"), _not_at_the_console(user)
    else:
        who = _t("Key custodian: ceremony; then officer or custodian: activation")
        blocked = _may_not_draft(user)
    return {"who": who, "blocked": blocked}


def _not_at_the_console(user: User) -> str:
    if Role.KEY_CUSTODIAN in user.roles:
        return ""
    return _t("This is done at the signer's console, by key custodians.")


def _may_not_draft(user: User) -> str:
    return _blocked(user, Right.DRAFT_TRUST) or has_no_person(user)


def has_no_person(user: User) -> str:
    """Why an account drafts no trust document; empty for those that belong to a person."""
    if user.person:
        return ""
    return _t(
        "Your account belongs to no person of the trust store; who drafts is the maker and has to sign."
    )


def _place_of(subject: str, modules: Mapping[str, str]) -> str:
    """The page of a key or module; the register's form for a module that nobody has entered."""
    if subject.startswith("key_"):
        return reverse("admin:hsm_signingkey_change", args=[subject])
    if subject in modules:
        return reverse("admin:hsm_hsmmodule_change", args=[modules[subject]])
    return reverse("admin:hsm_hsmmodule_add") + f"?backend={subject}"


def stops(user: User, _at: datetime) -> Iterator[Row]:
    """A stop that stands: nothing is paid until two people go on."""
    stop = standing_stop()
    if stop is None:
        return
    is_asked = stop.asked_by_id is not None
    blocked = _t("You have asked; another person has to confirm.") if stop.asked_by_id == user.pk else ""
    yield Row(
        what=_t("Confirm that payments go on") if is_asked else _t("Payments are stopped"),
        about=stop.pk,
        since=stop.stopped_at,
        url=reverse("admin:hsm_signingstop_change", args=[stop.pk]),
        who=_t("Two people who may stop signing"),
        blocked=_blocked(user, Right.STOP_SIGNING) or blocked,
    )


def kills(user: User, at: datetime) -> Iterator[Row]:
    """Kills that stand at the signer, also those of its console: each needs a restart."""
    who = _t("An officer as maker, and %(people)d officers besides") % {"people": restarting_people()}
    for kill in standing_kills()[:LIMIT]:
        what = _t("Restart needed: the signer is killed") if kill.key is None else _t("Restart needed: a key")
        yield Row(
            what=f"{what} ({kill.reason})" if kill.reason else what,
            about=kill.key or "",
            since=kill.at or at,
            url=reverse("admin:hsm_trustdraft_add") + f"?type=RESTART&kill={kill.document}",
            who=who,
            blocked=_may_not_draft(user),
        )


def _row(draft: TrustDraft, what: str, since: datetime, who: str, blocked: str) -> Row:
    url = reverse("admin:hsm_trustdraft_change", args=[draft.pk])
    return Row(what=what, about=draft.pk, since=since, url=url, who=who, blocked=blocked)


def _is_hot(key: SigningKey) -> bool:
    period = period_of(key)
    return period is not None and period.wallet is not None and period.wallet.tier == "HOT"


def _blocked(user: User, right: Right) -> str:
    return "" if user.has_right(right) else _t("Your roles do not allow this.")
