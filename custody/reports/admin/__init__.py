"""Pages of the reports in the back office, and what the pages of deals get from here."""

from custody.reports.admin.deals import hand_down_case_files
from custody.reports.admin.runs import ReportRunAdmin

__all__ = ["ReportRunAdmin"]

hand_down_case_files()
