"""What a request asks for, in one sentence per kind; spends are shown by their intent."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _t

from custody.hsm.words import type_word
from custody.statements.request import Request


def sentence_of(request: Request) -> str:
    """The sentence of the request's kind; empty for spends."""
    say = SENTENCES.get(request.kind)
    return say(request, request.payload) if say else ""


def _trust(request: Request, _payload: Any) -> str:  # noqa: ANN401 - the payload of its kind, here none
    what = type_word(request.trust_documents[0].document.type)
    return _t("Accept the trust document: %(what)s") % {"what": what}


def _terms(request: Request, _payload: Any) -> str:  # noqa: ANN401
    return _t("Pin the terms of the deal %(deal)s.") % {"deal": request.signed_terms[0].document.id}


def _checkpoint(_request: Request, payload: Any) -> str:  # noqa: ANN401
    return _t("Seal %(number)d entries of the stream %(stream)s.") % {
        "number": len(payload.entries),
        "stream": payload.stream,
    }


def _head(_request: Request, payload: Any) -> str:  # noqa: ANN401
    return _t("Say whether the signer knows the head %(number)d of the stream %(stream)s.") % {
        "number": payload.checkpoint.position,
        "stream": payload.checkpoint.stream,
    }


def _seal(_request: Request, payload: Any) -> str:  # noqa: ANN401
    return _t("Seal a report with the certificate %(name)s.") % {"name": payload.certificate}


def _critical(_request: Request, payload: Any) -> str:  # noqa: ANN401
    return _t("Sign the action %(action)s of the system “%(system)s”.") % {
        "action": payload.action,
        "system": payload.system,
    }


def _address(_request: Request, payload: Any) -> str:  # noqa: ANN401
    if payload.wallet is None:
        return _t("Attest the address of the terms %(terms)s.") % {"terms": payload.terms}
    return _t("Attest address %(number)d of the wallet %(wallet)s.") % {
        "number": payload.index,
        "wallet": payload.wallet,
    }


def _block(_request: Request, payload: Any) -> str:  # noqa: ANN401
    return _t("Sign a block of height %(height)d, round %(round)d, with %(number)d transactions.") % {
        "height": payload.height,
        "round": payload.round,
        "number": len(payload.transactions),
    }


def _make(_request: Request, payload: Any) -> str:  # noqa: ANN401
    return _t("Make one-time key %(number)d of the wallet %(wallet)s for %(ref)s.") % {
        "number": payload.index,
        "wallet": payload.wallet,
        "ref": payload.ref,
    }


SENTENCES: Mapping[str, Callable[[Request, Any], str]] = {
    "TERMS": _terms,
    "TRUST": _trust,
    "KEY_PROOF": lambda _request, _payload: _t("Prove that we hold the mediator's key."),
    "CMS_SEAL": _seal,
    "CHECKPOINT": _checkpoint,
    "ADDRESS": _address,
    "BLOCK": _block,
    "CSR": lambda _request, _payload: _t("Ask for a certificate of the seal key."),
    "CRITICAL": _critical,
    "KEY_MAKE": _make,
    "KEY_DESTROY": lambda _request, payload: (
        _t("Destroy the one-time key of %(ref)s.") % {"ref": payload.ref}
    ),
    "HEAD": _head,
}
