"""Words of Unfold that its own German catalogue lacks; ours collects and translates them from here."""

from django.utils.translation import gettext_lazy as _

WORDS = (
    _(" By %(filter_title)s "),
    _("Apply Filters"),
    _("Dark"),
    _("Light"),
    _("System"),
    _("Expand row"),
    _("False"),
    _("True"),
    _("Filters"),
    _("General"),
    _("Go back"),
    _("Loading more results..."),
    _("More actions"),
    _("Next"),
    _("No data"),
    _("No results found"),
    _("Previous"),
    _("Reset filters"),
    _("Run"),
    _("Search apps and models..."),
    _("Select all rows"),
    _("This page yielded into no results. Create a new item or reset your filters."),
    _("Type to search"),
    _("Choose file to upload"),
    _("Cancel"),
    _("Submit"),
)
