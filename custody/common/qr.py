"""QR codes as pictures (ISO/IEC 18004)."""

import io

import qrcode

# Pixels of a module, and white modules around a code.
MODULE, BORDER = 6, 4


def png(text: str) -> bytes:
    """``text`` as QR code in a PNG file."""
    buffer = io.BytesIO()
    qrcode.make(text, box_size=MODULE, border=BORDER).save(buffer)
    return buffer.getvalue()
