"""German words for audit verbs on the time line of a report; an unknown verb is shown as it is. Pure."""

DEAL = {
    "opened": "Vorgang eröffnet",
    "joined": "Partei beigetreten",
    "party_screened": "Partei mit Listen abgeglichen",
    "address_screened": "Auszahlungsadresse mit Listen abgeglichen",
    "terms_proposed": "Bedingungen vorgeschlagen",
    "terms_signature_given": "Bedingungen von einer Partei unterschrieben",
    "terms_signed": "Bedingungen von beiden unterschrieben",
    "terms_pinned": "Bedingungen beim Signierer eingetragen",
    "terms_refused": "Bedingungen vom Signierer verweigert",
    "key_challenge_given": "Aufgabe zum Schlüsselnachweis gestellt",
    "key_proof_given": "Schlüssel einer Partei nachgewiesen",
    "keys_proven": "Alle Schlüssel nachgewiesen",
    "address_compared": "Adresse verglichen",
    "address_confirmed": "Adresse von allen bestätigt",
    "funding_opened": "Einzahlung freigegeben",
    "funded": "Einzahlung endgültig",
    "release_proposed": "Auszahlung vorgeschlagen",
    "release_withdrawn": "Auszahlung zurückgezogen",
    "payout_signature_given": "Auszahlung von einer Partei unterschrieben",
    "payout_signed": "Auszahlung vollständig unterschrieben",
    "payout_sent": "Auszahlung gesendet",
    "payout_failed": "Auszahlung gescheitert",
    "dispute_opened": "Streit eröffnet",
    "statement_made": "Äußerung im Streit",
    "evidence_added": "Unterlage eingereicht",
    "file_read": "Unterlage gelesen",
    "decision_proposed": "Entscheidung vorgeschlagen",
    "decision_returned": "Entscheidung zurückgegeben",
    "decided": "Entscheidung bestätigt",
    "released": "Ausgezahlt",
    "refunded": "Zurückgezahlt",
    "resolved": "Durch Entscheidung erledigt",
}
INTENT = {
    "submitted": "Zahlungsauftrag angelegt",
    "screened": "Zahlungsauftrag abgeglichen",
    "cleared": "Abgleich ohne Treffer",
    "held": "Zahlungsauftrag angehalten",
    "resumed": "Zahlungsauftrag fortgesetzt",
    "rejected": "Zahlungsauftrag zurückgewiesen",
    "denied": "Zahlungsauftrag von der Regel abgelehnt",
    "allowed": "Zahlungsauftrag von der Regel erlaubt",
    "expired": "Zahlungsauftrag abgelaufen",
    "queued": "Zahlungsauftrag eingereiht",
    "reserved": "Münzen reserviert",
    "prepared": "Transaktion festgelegt",
    "signing_started": "Unterschriften angefordert",
    "signed": "Transaktion vollständig unterschrieben",
    "signature_refused": "Unterschrift vom Signierer verweigert",
    "cancel_requested": "Aufhebung verlangt",
    "sending": "Transaktion wird gesendet",
    "sent": "Transaktion gesendet",
    "inputs_missing": "Eingänge nicht gefunden",
    "spent_elsewhere": "Münzen anderweitig ausgegeben",
    "mined": "Transaktion im Block",
    "final": "Transaktion endgültig",
    "reorged": "Transaktion aus der Kette gefallen",
    "superseded": "Zahlungsauftrag überholt",
}
OTHER = {
    "compliance.subject.screened": "Listenabgleich",
    "documents.document.stored": "Dokument abgelegt",
    "policy.decision.recorded": "Regelentscheidung festgehalten",
    "wallets.wallet.registered": "Treuhandadresse angelegt",
    "wallets.payment.mined": "Zahlungseingang im Block",
    "wallets.coin.spent": "Münze ausgegeben",
    "wallets.signature.collected": "Unterschrift gesammelt",
    "wallets.lease.handed_over": "Reservierung übergeben",
    "wallets.block.disconnected": "Block aus der Kette gefallen",
    "wallets.finality.broken": "Endgültigkeit verletzt",
}
WORDS = {
    **{f"escrow.deal.{verb}": text for verb, text in DEAL.items()},
    **{f"wallets.intent.{verb}": text for verb, text in INTENT.items()},
    **OTHER,
}


def audit_verb(verb: str) -> str:
    """Return the German words of ``verb``; a refusal names what was refused."""
    if verb.endswith((".refused", ".failed")):
        base, _dot, outcome = verb.rpartition(".")
        return f"{'Verweigert' if outcome == 'refused' else 'Gescheitert'}: {WORDS.get(base, base)}"
    return WORDS.get(verb, verb)
