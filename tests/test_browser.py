"""The app in a real browser with the network cut: a session from the first needs to the files taken away."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from browser_tools import (
    MAP,
    MIDDLE,
    await_another,
    click_at,
    propose,
    read_plan,
    read_view,
    rest,
    see,
    turn_to,
)

pytestmark = pytest.mark.browser


def test_a_session_from_needs_to_files(page: Any, shots: Path) -> None:
    see(page)
    page.get_by_role("heading", name="Who needs what").wait_for()
    page.screenshot(path=shots / "1-needs.png")

    turn_to(page, "Corridors")
    propose(page)
    page.get_by_role("tab", name="Ranking").wait_for()
    await_another(page, "")
    badges = page.frame_locator(MAP).last.locator(".ip-rank")
    badges.first.wait_for()
    count = badges.count()
    assert count >= 2
    badges.filter(has_text=str(count)).first.click(force=True)
    page.get_by_role("heading", name=f"{count}.").wait_for()
    painted = see(page).evaluate(
        "() => { const c = document.querySelector('.leaflet-overlay-pane canvas');"
        " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(Boolean); }"
    )
    assert painted
    page.screenshot(path=shots / "2-corridors.png")

    turn_to(page, "What if")
    page.locator(".st-key-dial_group").wait_for()
    first = read_plan(page)
    assert first not in ("", "0")
    page.get_by_role("button", name="Pin this plan").click()
    page.get_by_role("button", name="Pin", exact=True).click()
    page.get_by_text("Variant A").first.wait_for()
    page.keyboard.press("Escape")
    time.sleep(1.0)

    # a no-go area across the middle of the country, with the map zoomed in: the view stays
    see(page).evaluate("() => map.setZoom(map.getZoom() + 0.25, {animate: false})")
    view = read_view(page)
    frame = page.frame_locator(MAP).last
    frame.locator(".leaflet-draw-draw-polygon").click()
    area = ((0.45, 0.2), (0.55, 0.2), (0.55, 0.45), (0.45, 0.45))
    click_at(page, *area, area[0])
    page.get_by_text("What is this?").wait_for()
    page.screenshot(path=shots / "3-drawn.png")
    page.get_by_label("Name").last.fill("Meadow")
    page.get_by_label("Name").last.press("Enter")
    page.get_by_role("button", name="Add to the question").click()
    await_another(page, first)
    assert read_view(page) == view
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 1
    assert see(page).evaluate("() => drawnItems.getLayers()[0].feature.properties.shape") == "no_go/0"
    page.get_by_role("tab", name="Difference").click()
    page.locator(".ip-grid").first.wait_for()
    page.screenshot(path=shots / "4-difference.png", full_page=True)

    # undo takes the drawing away, redo brings it back
    second = read_plan(page)
    page.get_by_role("button", name="Undo").click()
    await_another(page, second)
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 0
    third = read_plan(page)
    page.get_by_role("button", name="Redo").click()
    await_another(page, third)
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 1

    # another language, and back: the same plan, and nothing to complain of
    fourth = read_plan(page)
    for spoken, undo in (("Nederlands", "Terug"), ("English", "Undo")):
        page.get_by_text(spoken, exact=True).first.click()
        page.get_by_role("button", name=undo).wait_for()
        rest(page)
        time.sleep(1.0)
        assert page.get_by_test_id("stAlertContentError").count() == 0
    assert read_plan(page) == fourth

    page.get_by_role("tab", name="Log and minutes").click()
    page.get_by_text("Meadow").first.wait_for()
    rest(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Minutes (Markdown)").click()
    assert "Meadow" in Path(caught.value.path()).read_text(encoding="utf-8")

    turn_to(page, "Sheets and exports")
    page.get_by_role("heading", name="Sheets and exports").wait_for()
    page.get_by_role("button", name="Everything (zip)").wait_for()
    rest(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Corridors (GeoJSON)").first.click()
    assert "FeatureCollection" in Path(caught.value.path()).read_text(encoding="utf-8")[:200]
    page.screenshot(path=shots / "5-sheets.png")

    assert "Meadow" not in page.url
    assert page.elsewhere == []
    assert page.faults == []


def test_a_map_without_room_waits_until_it_has_some(page: Any) -> None:
    fitted = see(page).evaluate(
        """() => {
          const box = document.createElement("div"), bounds = [[50, 3], [51, 5]];
          box.style.cssText = "position: absolute; width: 0; height: 0";
          document.body.appendChild(box);
          const small = L.map(box, {center: [40, 0], zoom: 9, zoomSnap: 0.25});
          small.infraplan = {};
          infraplan.fit(small, bounds);
          box.style.width = "400px";
          box.style.height = "300px";
          small.invalidateSize();
          const shown = small.getBounds().contains(bounds) && small.getZoom() > 6;
          small.remove();
          box.remove();
          return shown;
        }"""
    )
    assert fitted
    assert page.faults == []


def test_the_map_follows_the_theme_at_once(page: Any, shots: Path) -> None:
    frame = see(page)
    rest(page)
    frame.evaluate("() => { window.stays = true; }")
    seen = []
    for theme in ("dark", "light", "dark"):
        page.emulate_media(color_scheme=theme)
        frame.wait_for_function(
            f"() => map.getContainer().classList.contains('ip-dark') === {str(theme == 'dark').lower()}"
        )
        time.sleep(0.5)
        seen.append(frame.evaluate(MIDDLE))
        ink = frame.evaluate("() => getComputedStyle(document.querySelector('.ip-search input')).color")
        note = page.evaluate("() => getComputedStyle(document.querySelector('.ip-banner')).color")
        assert all((min(map(int, re.findall(r"\d+", one))) > 127) is (theme == "dark") for one in (ink, note))
    page.screenshot(path=shots / "6-dark.png")
    assert seen[0] == seen[2]
    assert max(seen[0][:3]) < 80 < 180 < min(seen[1][:3])
    assert frame.evaluate("() => window.stays"), "the same map, painted anew"
    assert page.faults == []
