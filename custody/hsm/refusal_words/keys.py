"""Key ceremonies and back-ends: why a key was not made or did not sign, each in one sentence."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Promise] = {
    "access_denied": _("The back-end does not let the signer use this key."),
    "another_key_was_approved": _("The custodians approved another key."),
    "another_session_was_approved": _("The custodians approved another session."),
    "backend_not_probed": _("The module that holds the key has not passed the probe as it is now."),
    "bad_approval": _("The file is no approval."),
    "bad_backend_settings": _("The settings of the back-end cannot be read."),
    "capability_missing": _("The back-end cannot do this."),
    "ceremony_was_held": _("This ceremony was held before."),
    "credentials_refused": _("The back-end refused the signer's log-in."),
    "custodians_missing": _("Fewer custodians than needed have signed."),
    "key_disabled": _("The back-end has disabled this key."),
    "key_unknown": _("The back-end does not know this key."),
    "not_a_key_ceremony": _("What was approved is no key ceremony."),
    "not_a_session": _("What was approved is no session with a closed token."),
    "not_shown": _("The document cannot be shown in full."),
    "probe_failed": _("The back-end does not pass the probe."),
    "session_is_open": _("A session with this token is open already."),
    "session_was_held": _("This session was held before."),
    "token_closed": _(
        "The token is closed; the request waits for a session of two custodians that names it."
    ),
    "unknown_backend": _("No back-end is configured under this name."),
    "wrapping_key_not_trusted": _("The wrapping key is not a trusted one."),
}
