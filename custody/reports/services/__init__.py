"""Writes of the reports. Each step locks the run, checks its state, acts, records, and starts the next
step by name; a step that is started twice does its work once.
"""

from custody.reports.services.exports import export_run
from custody.reports.services.releases import (
    apply_release,
    ask_for_release,
    download_release,
    draft_release,
    hand_in_release_approval,
)
from custody.reports.services.requests import download_report, fail_run, request_report, retry_run
from custody.reports.services.steps import apply_signature, collect_run, prepare_run, unsealed_file

__all__ = [
    "apply_release",
    "apply_signature",
    "ask_for_release",
    "collect_run",
    "download_release",
    "download_report",
    "draft_release",
    "export_run",
    "fail_run",
    "hand_in_release_approval",
    "prepare_run",
    "request_report",
    "retry_run",
    "unsealed_file",
]
