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
    "DRAFT": "Entwurf",
    "SUBMITTED": "eingereicht",
    "SCREENING": "im Listenabgleich",
    "POLICY_EVAL": "in der Regelprüfung",
    "DENIED": "von der Regel abgelehnt",
    "COMPLIANCE_HOLD": "angehalten",
    "REJECTED": "zurückgewiesen",
    "FROZEN": "eingefroren",
    "PENDING_APPROVAL": "wartet auf Freigabe",
    "EXPIRED": "abgelaufen",
    "APPROVED": "freigegeben",
    "QUEUED": "eingereiht",
    "RESERVED": "Münzen reserviert",
    "PREPARED": "Transaktion festgelegt",
    "SIGNING": "wird unterschrieben",
    "SIGNED": "unterschrieben",
    "BROADCASTING": "wird gesendet",
    "BROADCAST": "gesendet",
    "REPLACING": "wird ersetzt",
    "CANCELLING": "wird aufgehoben",
    "CANCELLED": "aufgehoben",
    "MINED": "im Block",
    "CONFIRMED": "bestätigt",
    "FINAL": "endgültig",
    "UNKNOWN": "ungeklärt",
    "REORGED": "aus der Kette gefallen",
    "FAILED_ONCHAIN": "in der Kette gescheitert",
}
DECISION_STATE = {
    "PROPOSED": "wartet auf zweite Person",
    "CONFIRMED": "von zweiter Person bestätigt",
    "RETURNED": "von zweiter Person zurückgegeben",
}
DECISION_REASON = {
    "DELIVERED": "vereinbarungsgemäß geliefert",
    "NOT_DELIVERED": "nicht geliefert",
    "DEFECTIVE": "mangelhaft geliefert",
    "LATE": "verspätet geliefert",
    "NO_ANSWER": "Gegenseite antwortet nicht",
    "AGREEMENT": "Einigung der Parteien",
}
PAYOUT_KIND = {
    "RELEASE": "Auszahlung an den Händler",
    "REFUND": "Rückzahlung an den Käufer",
    "AWARD": "Zuteilung",
}
MATCHED = {"NAME": "Name", "ADDRESS": "Adresse"}
SCREENING_RESULT = {"CLEAR": "ohne Treffer", "HIT": "Treffer, zur Klärung vorgelegt"}
TABLES = {
    "confirmation_role": CONFIRMATION_ROLE,
    "decision_reason": DECISION_REASON,
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
