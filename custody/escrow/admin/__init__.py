"""Pages of escrow in the back office."""

from custody.escrow.admin.deals import DealAdmin

__all__ = ["DealAdmin"]
