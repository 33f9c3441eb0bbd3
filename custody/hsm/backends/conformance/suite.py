"""Runs the checks in their order."""

from collections.abc import Mapping

from custody.hsm.backends.conformance import lasting, refusing, signing, wrapping
from custody.hsm.backends.conformance.result import Check, CheckResult
from custody.hsm.backends.conformance.subject import Failed, NotOffered, Subject
from custody.hsm.backends.interface import KeyBackend, Scheme

_KEYS = ("keys_at_hand",)
_SIGNS = (*_KEYS, "signature_verifies")
_WRAPS = ("wrapped_round_trip",)

CHECKS = (
    Check("health", signing.health),
    Check("describes_itself", signing.describes_itself),
    Check("keys_at_hand", signing.keys_at_hand, ("health",)),
    Check("evidence_never_leaves", signing.evidence_never_leaves, _KEYS),
    Check("public_key_on_curve", signing.public_key_on_curve, _KEYS),
    Check("public_key_reads_back", signing.public_key_reads_back, _KEYS),
    Check("signature_verifies", signing.signature_verifies, (*_KEYS, "public_key_on_curve")),
    Check("low_s", signing.low_s, _SIGNS),
    Check("nonces_differ", signing.nonces_differ, _SIGNS),
    Check("digest_length", refusing.digest_length, _KEYS),
    Check("unknown_handle_refused", refusing.unknown_handle_refused, _KEYS),
    Check("disabled_key_refused", refusing.disabled_key_refused, _KEYS),
    Check("destroyed_key_refused", refusing.destroyed_key_refused, _SIGNS),
    Check("missing_scheme_refused", refusing.missing_scheme_refused, _KEYS),
    Check("tweak_refused", refusing.tweak_refused, _KEYS),
    Check("wrapped_round_trip", wrapping.wrapped_round_trip, ("health",)),
    Check("wrapped_evidence", wrapping.wrapped_evidence, _WRAPS),
    Check("wrapped_digest_length", wrapping.wrapped_digest_length, _WRAPS),
    Check("foreign_blob_refused", wrapping.foreign_blob_refused, _WRAPS),
    Check("wrapped_key_proved", wrapping.wrapped_key_proved, _WRAPS),
    Check("mac", wrapping.mac, ("health",)),
    Check("reopens", lasting.reopens, _SIGNS),
    Check("threads", lasting.threads, _SIGNS),
    Check("forks", lasting.forks, _SIGNS),
)


def run(
    backend: KeyBackend,
    *,
    given: Mapping[Scheme, str] | None = None,
    disabled: tuple[Scheme, str] | None = None,
) -> list[CheckResult]:
    """Run all checks; what the suite makes it destroys, the keys it was given stay."""
    subject = Subject(backend, given=given or {}, disabled=disabled)
    results: dict[str, CheckResult] = {}
    try:
        for check in CHECKS:
            results[check.name] = _judge(check, subject, results)
    finally:
        subject.clean()
    return list(results.values())


def _judge(check: Check, subject: Subject, before: Mapping[str, CheckResult]) -> CheckResult:
    for needed in check.needs:
        if before[needed].outcome in {"failed", "not_judged"}:
            return CheckResult(check.name, "not_judged", f"needs {needed}")
    try:
        return CheckResult(check.name, "passed", check.run(subject))
    except NotOffered as error:
        return CheckResult(check.name, "not_offered", str(error))
    except Failed as error:
        return CheckResult(check.name, "failed", str(error))
    except Exception as error:  # a customer's back-end may raise whatever it likes
        return CheckResult(check.name, "failed", f"{type(error).__name__}: {error}")
