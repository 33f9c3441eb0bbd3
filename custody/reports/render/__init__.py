"""From a report's data to an unsealed PDF/A-3u file; the only users of WeasyPrint."""
