"""What every template knows of the product itself."""

from django.conf import settings
from django.http import HttpRequest

import custody


def product(request: HttpRequest) -> dict[str, object]:
    """Context processor: source link (AGPL section 13), version, operator, and the demo mark."""
    return {
        "product": {
            "source_url": settings.SOURCE_URL,
            "version": custody.__version__,
            "operator": settings.OPERATOR_NAME,
            "is_demo": settings.IS_DEMO,
        }
    }
