"""German words for the codes that stand in twins; an unknown code is shown as it is. Pure."""

KEY_PURPOSE = {
    "mediator": "Treuhand (Vermittler)",
    "seal": "Berichtssiegel",
    "checkpoint": "Prüfpunkte des Protokolls",
    "demo_ca": "Zertifizierungsstelle (Demo)",
}
KEY_STATE = {
    "ACTIVE": "aktiv",
    "SUSPENDED": "gesperrt",
    "DEACTIVATED": "außer Betrieb",
    "COMPROMISED": "kompromittiert",
}
KEY_CLASS = {"NEVER_LEAVES": "verlässt den Token nie", "": "Klasse nicht gemeldet"}
JOURNAL_KIND = {"GENESIS": "Inbetriebnahme", "KEY": "Schlüssel", "TRUST": "Vertrauensdokument"}
REQUEST_KIND = {
    "BTC_SPEND": "Auszahlung (Bitcoin)",
    "TERMS": "Eintragung von Bedingungen",
    "KEY_PROOF": "Schlüsselnachweis",
    "CMS_SEAL": "Berichtssiegel",
    "CHECKPOINT": "Prüfpunkt des Protokolls",
}
REQUEST_OUTCOME = {
    "SIGNED": "unterschrieben",
    "RECORDED": "eingetragen",
    "REFUSED": "verweigert",
    "OPEN": "ohne Antwort",
}
CONFIRMATION_ROLE = {
    "requested": "veranlasst",
    "buyer": "Käufer",
    "merchant": "Händler",
    "mediator": "Vermittler",
    "officer": "entschieden",
    "second_officer": "bestätigt (zweite Person)",
}

ROLE = {"buyer": "Käufer", "merchant": "Händler", "mediator": "Vermittler"}
DEAL_STATE = {
    "DRAFT": "Entwurf",
    "TERMS_PROPOSED": "Bedingungen vorgeschlagen",
    "TERMS_SIGNED": "Bedingungen unterschrieben",
    "KEYS_PROVEN": "Schlüssel nachgewiesen",
    "ADDRESS_CONFIRMED": "Adresse bestätigt",
    "AWAITING_FUNDING": "wartet auf Einzahlung",
    "FUNDED": "eingezahlt",
    "RELEASE_PROPOSED": "Auszahlung vorgeschlagen",
    "RELEASE_SIGNED": "Auszahlung unterschrieben",
    "RELEASE_BROADCAST": "Auszahlung gesendet",
    "DISPUTE_OPEN": "im Streit",
    "DECISION_PROPOSED": "Entscheidung vorgeschlagen",
    "DECIDED": "entschieden",
    "AWARD_SIGNED": "Zuteilung unterschrieben",
    "AWARD_BROADCAST": "Zuteilung gesendet",
    "RELEASED": "ausgezahlt",
    "REFUNDED": "zurückgezahlt",
    "RESOLVED": "durch Entscheidung erledigt",
}
INTENT_STATE = {
    "COMPLIANCE_HOLD": "angehalten",
    "DENIED": "abgelehnt",
    "REJECTED": "zurückgewiesen",
    "EXPIRED": "abgelaufen",
    "SIGNING": "wird unterschrieben",
    "SIGNED": "unterschrieben",
    "BROADCAST": "gesendet",
    "MINED": "im Block",
    "FINAL": "endgültig",
    "CANCELLED": "aufgehoben",
}
DECISION_STATE = {
    "PROPOSED": "wartet auf zweite Person",
    "CONFIRMED": "von zweiter Person bestätigt",
    "RETURNED": "von zweiter Person zurückgegeben",
}
PAYOUT_KIND = {
    "RELEASE": "Auszahlung an den Händler",
    "REFUND": "Rückzahlung an den Käufer",
    "AWARD": "Zuteilung",
}
MATCHED = {"NAME": "Name", "ADDRESS": "Adresse"}
SCREENING_RESULT = {"CLEAR": "ohne Treffer", "HIT": "Treffer, zur Klärung vorgelegt"}
AUDIT_VERB = {
    "escrow.deal.opened": "Vorgang eröffnet",
    "escrow.deal.terms_proposed": "Bedingungen vorgeschlagen",
    "escrow.deal.terms_signed": "Bedingungen von beiden unterschrieben",
    "escrow.deal.terms_refused": "Bedingungen vom Signierer verweigert",
    "escrow.deal.keys_proven": "Alle Schlüssel nachgewiesen",
    "escrow.deal.address_compared": "Adresse verglichen",
    "escrow.deal.address_confirmed": "Adresse von allen bestätigt",
    "escrow.deal.funding_opened": "Einzahlung freigegeben",
    "escrow.deal.funded": "Einzahlung endgültig",
    "escrow.deal.release_proposed": "Auszahlung vorgeschlagen",
    "escrow.deal.payout_signed": "Auszahlung unterschrieben",
    "escrow.deal.payout_sent": "Auszahlung gesendet",
    "escrow.deal.payout_failed": "Auszahlung gescheitert",
    "escrow.deal.dispute_opened": "Streit eröffnet",
    "escrow.deal.decision_proposed": "Entscheidung vorgeschlagen",
    "escrow.deal.decision_returned": "Entscheidung zurückgegeben",
    "escrow.deal.decided": "Entscheidung bestätigt",
    "escrow.deal.released": "Ausgezahlt",
    "escrow.deal.refunded": "Zurückgezahlt",
    "escrow.deal.resolved": "Durch Entscheidung erledigt",
    "compliance.subject.screened": "Listenabgleich",
    "wallets.wallet.registered": "Treuhandadresse angelegt",
    "wallets.intent.submitted": "Zahlungsauftrag angelegt",
    "wallets.intent.allowed": "Zahlungsauftrag von der Regel erlaubt",
    "wallets.intent.reserved": "Münzen reserviert",
    "wallets.intent.prepared": "Transaktion festgelegt",
    "wallets.intent.signing_started": "Unterschriften angefordert",
    "wallets.intent.signed": "Transaktion vollständig unterschrieben",
    "wallets.intent.sent": "Transaktion gesendet",
    "wallets.intent.mined": "Transaktion im Block",
    "wallets.intent.final": "Transaktion endgültig",
}

TABLES = {
    "audit_verb": AUDIT_VERB,
    "confirmation_role": CONFIRMATION_ROLE,
    "deal_state": DEAL_STATE,
    "decision_state": DECISION_STATE,
    "intent_state": INTENT_STATE,
    "journal_kind": JOURNAL_KIND,
    "key_class": KEY_CLASS,
    "key_purpose": KEY_PURPOSE,
    "key_state": KEY_STATE,
    "matched": MATCHED,
    "payout_kind": PAYOUT_KIND,
    "request_kind": REQUEST_KIND,
    "request_outcome": REQUEST_OUTCOME,
    "role": ROLE,
    "screening_result": SCREENING_RESULT,
}


def word(table: str, code: str) -> str:
    """Return the German word of ``code``, or the code itself."""
    return TABLES[table].get(code, code)
