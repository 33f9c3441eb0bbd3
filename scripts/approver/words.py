"""What the program says, in German and English; texts of subjects stand in the display table."""

import gettext
from functools import cache
from pathlib import Path

from custody.common.errors import CustodyError
from custody.statements.display.table import Language

_LOCALE = Path(__file__).resolve().parents[2] / "custody" / "locale"

# Name → German, English.
_SAID: dict[str, tuple[str, str]] = {
    "ask_passphrase": ("Passphrase Ihres Schlüssels: ", "Passphrase of your key: "),
    "ask_new_passphrase": (
        "Neue Passphrase (mindestens 12 Zeichen): ",
        "New passphrase (12 characters at least): ",
    ),
    "ask_passphrase_again": ("Noch einmal: ", "Once more: "),
    "ask_verdict": (
        "Tippen Sie GENEHMIGEN oder ABLEHNEN; alles andere unterschreibt nichts: ",
        "Type APPROVE or REJECT; anything else signs nothing: ",
    ),
    "attest_key": ("Schlüssel der Attestierungen", "attest key"),
    "cannot_read": ("kann nicht gelesen oder geschrieben werden", "cannot read or write"),
    "fingerprint": ("Fingerabdruck", "fingerprint"),
    "instance": ("Installation", "installation"),
    "link": ("Antwort", "answer"),
    "not_pinned": ("nicht gepinnt", "not pinned"),
    "own_change": (
        "Sie haben dieses Dokument selbst erstellt: Ihre Aussage belegt das und zählt nur dann mit, wenn das"
        " Dokument nichts erlaubt, was nicht schon erlaubt ist.",
        "You made this document yourself: your statement proves that, and counts only where the document"
        " allows nothing that is not allowed already.",
    ),
    "own_stop": (
        "Sie haben dieses Dokument selbst erstellt: eine einzige Unterschrift mit der nötigen Rolle genügt,"
        " auch Ihre. Es gilt sofort.",
        "You made this document yourself: a single signature of somebody with the role is enough, also yours."
        " It counts at once.",
    ),
    "own_subject": (
        "Sie haben dieses Dokument selbst erstellt: Ihre Aussage belegt das und zählt nicht zum Quorum.",
        "You made this document yourself: your statement proves that and does not count for the quorum.",
    ),
    "person": ("Person", "person"),
    "policy": ("Policy", "policy"),
    "public_key": ("öffentlicher Schlüssel", "public key"),
    "refused": ("abgelehnt", "refused"),
    "statement": ("Hash Ihrer Aussage", "hash of your statement"),
    "statement_ends": ("Ihre Aussage gilt bis", "Your statement is valid until"),
    "stopped": ("Abgebrochen, nichts ist unterschrieben.", "Stopped, nothing is signed."),
    "subject": ("Hash des Dokuments", "hash of the document"),
    "verdict": ("Urteil", "verdict"),
    "written": ("geschrieben", "written"),
}

# German sentences for refusals of this program, and for those that carry a value in their detail.
_REFUSED: dict[str, str] = {
    "already_pinned": "Eine andere Installation braucht ein eigenes Verzeichnis.",
    "bad_expiry": "Die Aussage muss in der Zukunft enden, binnen 72 Stunden und nicht nach ihrem Dokument.",
    "bad_field": "Das Feld hat nicht die vorgeschriebene Form.",
    "bad_id": "Keine Kennung dieser Art.",
    "bad_link": "Weder ein Dokument noch ein Link mit einem.",
    "bad_time": "Keine Zeit der Form YYYY-MM-DDThh:mm:ssZ.",
    "bad_validity": "Das Ende muss in der Zukunft liegen, höchstens 190 Tage voraus.",
    "exists": "Die Datei gibt es schon.",
    "expired": "Das Dokument ist abgelaufen.",
    "foreign_instance": "Das Dokument gehört zu einer anderen Installation.",
    "foreign_key": "Nicht der Schlüssel dieses Verzeichnisses.",
    "foreign_person": "Der Link ist für eine andere Person bestimmt.",
    "key_exists": "In diesem Verzeichnis liegt schon ein Schlüssel.",
    "no_answer": "Es wurde nichts geantwortet; nichts ist unterschrieben.",
    "no_demonstration": "In der Vorführung gibt es niemanden mit diesem Namen; es gibt: %(names)s.",
    "no_terminal": "Hier ist kein Terminal, an dem gefragt werden kann.",
    "no_world": "Es gibt noch keine Vorführung; sie entsteht mit make run.",
    "no_verdict": "Weder genehmigt noch abgelehnt; nichts ist unterschrieben.",
    "not_canonical": "Die Bytes haben nicht die eine vorgeschriebene Schreibweise.",
    "not_encrypted": "Die Schlüsseldatei ist nicht verschlüsselt.",
    "not_pinned": "Noch nicht gepinnt, siehe den Befehl pin.",
    "open_to_others": "Verzeichnis und Dateien dürfen nur Ihnen gehören.",
    "passphrases_differ": "Die beiden Eingaben sind verschieden.",
    "policy_changed": "Der Auftrag gehört zu einer anderen Policy als der gepinnten.",
    "too_large": "Größer als jedes Dokument.",
    "weak_passphrase": "Die Passphrase hat weniger als 12 Zeichen.",
    "wrong_passphrase": "Die Passphrase öffnet den Schlüssel nicht.",
}


def say(name: str, language: Language) -> str:
    """One of the program's texts."""
    german, english = _SAID[name]
    return german if language == "de" else english


def sentence(error: CustodyError, language: Language) -> str:
    """A refusal in words: in German by its code or from the catalogue, else as it was raised."""
    if language == "en":
        return error.detail
    translated = _catalogue().gettext(error.template)
    if translated == error.template:
        translated = _REFUSED.get(error.code, error.template)
    return translated % error.values if error.values else translated


@cache
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation("django", _LOCALE, languages=["de"], fallback=True)
