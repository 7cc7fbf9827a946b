"""Pictures from strangers' phones, made anew: decoded, turned upright, bounded in size, and encoded again.

What is kept is what a decoder saw. The place and the phone that EXIF tells of, scripts behind the end of the file and
bytes that break other people's decoders do not come through. The size is looked at before anything is decoded: a file
of a few kilobytes can say that it has a billion pixels.
"""

import asyncio
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from dispatch.application.uploads import NotThatPicture

MOST_PIXELS: Final = 50_000_000
"""As many as the cameras of phones have."""
LONGEST_SIDE: Final = 2_048
"""What is kept has at most so many pixels on a side."""
AT_ONCE: Final = 2
"""A decoded picture may take 200 MB for a moment."""
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_SAVED: Final[dict[str, dict[str, Any]]] = {
    "JPEG": {"quality": 85},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 85},
}
_MODES: Final = {"JPEG": "RGB", "PNG": "RGBA", "WEBP": "RGBA"}

Image.MAX_IMAGE_PIXELS = None  # looked at below, where it is an error and not a warning


class PictureMaker:
    """See `Remake`: beside the event loop, two at once."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, media_type: str, sent: bytes) -> bytes:
        """The picture, made anew in the same format. Raises `NotThatPicture`."""
        async with self._room:
            return await asyncio.to_thread(remade, media_type, sent)


def remade(media_type: str, sent: bytes) -> bytes:
    """The picture without anything but its pixels, upright, at most `LONGEST_SIDE` wide and high.

    Raises `NotThatPicture` for what is none of that type, is cut off, or has too many pixels.
    """
    format_ = _FORMATS[media_type]
    try:
        with Image.open(BytesIO(sent), formats=[format_]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotThatPicture("too_many_pixels", f"A picture has at most {MOST_PIXELS} pixels.")
            picture.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert(_MODES[format_])
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        raise NotThatPicture("not_that_picture", f"The file is no picture of the type {media_type}.") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.frombytes(upright.mode, upright.size, upright.tobytes())  # without what was said about it
    made = BytesIO()
    bare.save(made, format_, **_SAVED[format_])
    return made.getvalue()
