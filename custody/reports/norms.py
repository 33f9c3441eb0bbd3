"""The legal bases that reports cite: a dated table, so that no template states the law.

Nobody with a licence to advise has checked these entries yet: ``verified_by`` is empty and every
report prints "(ungeprüft)". An operator's counsel fills name and day in a new release.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Norm:
    """One citation; dates are ISO days, empty where not known."""

    text: str
    valid_from: str = ""
    formerly: str = ""
    verified_by: str = ""
    verified_on: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the fields that are known."""
        return {name: value for name, value in vars(self).items() if value}


NORMS = {
    "DORA_9": Norm("Art. 9 Abs. 4 Buchst. d Verordnung (EU) 2022/2554 (DORA)", "2025-01-17", "BAIT"),
    "RTS_1774": Norm("Art. 6, 7 und 12 Delegierte Verordnung (EU) 2024/1774", "2025-01-17"),
    "RTS_303": Norm("Art. 5 Abs. 1 Buchst. b Delegierte Verordnung (EU) 2025/303"),
    "MICAR_75": Norm("Art. 75 Verordnung (EU) 2023/1114 (MiCAR)", "2024-12-30", "KWG, Kryptoverwahrgeschäft"),
    "TFR": Norm("Verordnung (EU) 2023/1113 (TFR)", "2024-12-30", "KryptoWTransferV"),
    "BGB": Norm("§§ 317, 662, 675 BGB"),
    "GWG": Norm("§§ 10 bis 12, 15 GwG"),
}
