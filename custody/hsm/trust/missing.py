"""What a draft still needs, as far as the web side knows.

Computed by the signer's own pure rules over what we saw it accept. What came past us is missing
here, so this tells people whom to ask, and is wrong at worst by a refusal.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _t
from django.utils.translation import ngettext

from custody.hsm.models import TrustDraft
from custody.hsm.signer.trust.quorum import Requirement, requirement
from custody.hsm.signer.trust.state import Accepted, TrustState
from custody.hsm.signer.trust.tightening import is_tightening
from custody.hsm.standing import genesis
from custody.hsm.trust.approvals import usable
from custody.hsm.trust.drafting import document_of


@dataclass(frozen=True)
class Missing:
    """``others``: how many people besides the maker, None while genesis is not known.

    ``asked``: persons whose signature would help now, the maker first where it is missing.
    """

    maker: bool
    others: int | None
    asked: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What to do, for the page."""
        if self.maker:
            return " ".join([_t("The maker signs with “approve” and brings the approval."), self._besides])
        if self.others is None:
            return _t("Bring the approvals of the quorum, then hand it to the signer.")
        if self.others:
            return ngettext(
                "%(number)d more person has to sign; the maker does not count.",
                "%(number)d more people have to sign; the maker does not count.",
                self.others,
            ) % {"number": self.others}
        return _t("As far as we know, nobody is missing. Hand it to the signer.")

    @property
    def _besides(self) -> str:
        """Who else is missing while the maker is."""
        if self.others is None:
            return _t("Bring the approvals of the quorum as well.")
        if not self.others:
            return _t("Nobody else has to sign.")
        return ngettext(
            "Besides the maker %(number)d more person has to sign.",
            "Besides the maker %(number)d more people have to sign.",
            self.others,
        ) % {"number": self.others}


def still_missing(draft: TrustDraft, *, at: datetime) -> Missing:
    """Compare the approvals that still count with what the document needs."""
    said = [approval.statement for approval in usable(draft, at=at)]
    people = {statement.person for statement in said if statement.verdict == "APPROVE"}
    maker_first = () if draft.maker in people else (draft.maker,)
    # The genesis of a signer without network was never mirrored.
    state = known_state() if draft.offline is None else None
    if state is None:
        return Missing(maker_first != (), None, maker_first)
    needed = _requirement(draft, state, at)
    able = {
        entry.person
        for entry in state.credentials(at=at)
        if needed.counts(entry.person, frozenset(entry.roles), maker=draft.maker)
    }
    # The maker signs in any case, and where that counts it fills a place.
    others = max(0, needed.people - len((people | {draft.maker}) & able))
    asked = sorted(able - people - {draft.maker}) if others else []
    return Missing(maker_first != (), others, (*maker_first, *asked))


def known_state() -> TrustState | None:
    """The trust store as far as we saw it grow; None before genesis was mirrored."""
    begun = genesis()
    if begun is None:
        return None
    seen = TrustDraft.objects.filter(
        state__in=("ACCEPTED", "WAITING"), activates_at__isnull=False, offline=None
    )
    accepted = (
        Accepted.of_document(document_of(row), row.activates_at)
        for row in seen.order_by("stream", "epoch")
        if row.activates_at
    )
    return TrustState(begun, tuple(accepted))


def _requirement(draft: TrustDraft, state: TrustState, at: datetime) -> Requirement:
    document = document_of(draft)
    tightens = is_tightening(document, state, at=at)
    return requirement(document.type, tightens=tightens, genesis=state.genesis)
