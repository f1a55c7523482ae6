"""The pictures of the guide and the moving one of the README, taken from the app as it is in a headless browser.

Run by hand: ``python -m benchmarks.pictures docs/pictures``. It serves the app with the default study, walks through
its pages and keeps a picture of each, and ``app.webp``, a session in a few of them. ``--moving`` makes only that one.
"""

from __future__ import annotations

import argparse
import io
import time
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.app import CHROMIUM, MAP, PATIENCE_S, ROOT, await_first_plan, clock, pin, serve

SCREEN = {"width": 1536, "height": 864}
WIDTH_PX = 1152
COLOURS = 256
SETTLED_S = 3.0
LOWER_VALUE_EUR = "110"
# of the moving picture: size, time of each frame, and how much is lost to make it small
FILM_PX, FRAME_MS, QUALITY = 1152, 2200, 72
SCROLL = "y => document.querySelector('[data-testid=stMain]').scrollTo(0, y)"


def take(page: Any, scroll_px: int = 0, width_px: int = WIDTH_PX) -> Image.Image:
    """Take a picture of the screen, scrolled down a little, and make it small."""
    page.evaluate(SCROLL, scroll_px)
    page.mouse.move(SCREEN["width"] - 2, 2)
    time.sleep(SETTLED_S)
    whole = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return whole.resize((width_px, round(width_px * whole.height / whole.width)), Image.Resampling.LANCZOS)


def keep(page: Any, path: Path, scroll_px: int = 0) -> None:
    """Take a picture and write it with few colours."""
    small = take(page, scroll_px)
    # k-means keeps the few strong colours that the many pale ones would push out
    small.quantize(COLOURS, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path)


def turn_to(page: Any, title: str) -> None:
    """Open a page of the app."""
    page.get_by_role("link", name=title, exact=True).click()
    time.sleep(SETTLED_S)


def propose(page: Any, title: str) -> None:
    """Open a page and ask for corridors there."""
    turn_to(page, title)
    page.locator(".st-key-propose button").click()
    await_first_plan(page)


def walk(page: Any, folder: Path) -> None:
    """Go through the pages in the order of the guide."""
    keep(page, folder / "needs.png")
    propose(page, "Corridors")
    keep(page, folder / "corridors.png")
    keep(page, folder / "ranking.png", 580)
    turn_to(page, "What if")
    keep(page, folder / "what-if.png")
    turn_to(page, "Sheets and exports")
    keep(page, folder / "sheets.png")
    page.locator(".st-key-sheet_make button").click()
    page.locator(".st-key-sheet_picture img").wait_for()
    keep(page, folder / "sheet-made.png")
    turn_to(page, "Data and sources")
    page.get_by_role("tab", name="Assumptions").click()
    keep(page, folder / "data.png")
    turn_to(page, "What if")
    pin(page)
    value = page.locator(".st-key-co2_value input")
    value.fill(LOWER_VALUE_EUR)
    clock(page, lambda: value.press("Enter"))
    keep(page, folder / "difference.png", 230)


def walk_on_a_beamer(page: Any, folder: Path) -> None:
    """Dutch, in large type."""
    page.get_by_text("Nederlands", exact=True).click()
    page.get_by_text("Grote letters").click()
    time.sleep(SETTLED_S)
    propose(page, "Leidingstraten")
    keep(page, folder / "beamer.png")


def film(page: Any, folder: Path) -> None:
    """Keep a session in a few frames: needs, corridors, ranking, what if, a lower value of CO2, a sheet."""
    frames = [take(page, width_px=FILM_PX)]
    propose(page, "Corridors")
    frames += [take(page, scroll_px, FILM_PX) for scroll_px in (0, 580)]
    turn_to(page, "What if")
    frames.append(take(page, width_px=FILM_PX))
    pin(page)
    value = page.locator(".st-key-co2_value input")
    value.fill(LOWER_VALUE_EUR)
    clock(page, lambda: value.press("Enter"))
    frames.append(take(page, 230, FILM_PX))
    turn_to(page, "Sheets and exports")
    page.locator(".st-key-sheet_make button").click()
    page.locator(".st-key-sheet_picture img").wait_for()
    frames.append(take(page, width_px=FILM_PX))
    path = folder / "app.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0, quality=QUALITY, method=6)
    print(path)


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--moving", action="store_true")
    options = parser.parse_args()
    folder = options.folder
    walks = ((film, "light"),) if options.moving else ((walk, "light"), (walk_on_a_beamer, "dark"), (film, "light"))
    from playwright.sync_api import sync_playwright

    with serve(ROOT) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for go, scheme in walks:
            page = browser.new_page(viewport=SCREEN, color_scheme=scheme)
            page.set_default_timeout(PATIENCE_S * 1000)
            page.goto(address)
            page.frame_locator(MAP).first.locator("canvas").first.wait_for()
            go(page, folder)
        browser.close()


if __name__ == "__main__":
    main()
