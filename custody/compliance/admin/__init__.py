"""Pages of compliance in the back office."""

from custody.compliance.admin.hits import HitAdmin
from custody.compliance.admin.holds import HoldAdmin
from custody.compliance.admin.lists import SanctionsListAdmin
from custody.compliance.admin.screenings import ScreeningAdmin

__all__ = ["HitAdmin", "HoldAdmin", "SanctionsListAdmin", "ScreeningAdmin"]
