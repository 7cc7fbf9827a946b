"""Pictures for tests: small real ones, whatever a format allows to hide in them."""

from io import BytesIO
from typing import Final

from PIL import Image

FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def picture(media_type: str = "image/jpeg", size: tuple[int, int] = (64, 48), *, place: bool = False) -> bytes:
    """A picture of noise; with `place` its EXIF data tell of a phone and have it turned by 90 degrees."""
    made, exif = BytesIO(), Image.Exif()
    if place:
        exif[0x0112], exif[0x0110], exif[0x8298] = 6, "Phone of Grace", "60.1661234 24.9361234"
    Image.effect_noise(size, 60).convert("RGB").save(made, FORMATS[media_type], exif=exif)
    return made.getvalue()


def look(shown: bytes) -> tuple[str, tuple[int, int], int]:
    """(media type, size, how many EXIF entries) of a picture."""
    with Image.open(BytesIO(shown)) as opened:
        opened.load()
        return Image.MIME[opened.format or ""], opened.size, len(opened.getexif())
