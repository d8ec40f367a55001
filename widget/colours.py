from __future__ import annotations

from widget.models import Display
from widget.rendering import Colours


def colours_of(display: Display) -> Colours:
    """Return in which colours a display is rendered."""
    fixed = {Display.ColourMode.LIGHT.value: Colours.LIGHT, Display.ColourMode.DARK.value: Colours.DARK}
    return fixed.get(display.colour_mode, Colours.AUTO)
