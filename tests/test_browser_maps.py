"""The maps of the app in a real browser: drawing, layers, the view, a link and the keyboard."""

from __future__ import annotations

import time
from typing import Any

import pytest
from browser_tools import (
    MAP,
    PATIENCE_S,
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


def test_shapes_are_changed_and_deleted_on_the_map(page: Any) -> None:
    see(page)
    turn_to(page, "What if")
    propose(page)
    page.locator(".st-key-dial_group").wait_for()
    await_another(page, "")
    time.sleep(2.0)
    first = read_plan(page)
    frame = page.frame_locator(MAP).last
    frame.locator(".leaflet-draw-draw-marker").click()
    click_at(page, (0.5, 0.3))
    page.get_by_text("What is this?").wait_for()
    page.get_by_role("button", name="Add to the question").click()
    await_another(page, first)
    second = read_plan(page)

    frame.locator(".leaflet-draw-edit-edit").click()
    pin = page.frame_locator(MAP).last.locator(".ip-pin").first
    box = pin.bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 40, steps=5)
    page.mouse.up()
    frame.get_by_role("link", name="Save", exact=True).click()
    await_another(page, second)
    third = read_plan(page)

    frame.locator(".leaflet-draw-edit-remove").click()
    frame.locator(".ip-pin").first.click()
    frame.get_by_role("link", name="Save", exact=True).click()
    await_another(page, third)
    assert see(page).evaluate("() => drawnItems.getLayers().length") == 0
    assert page.faults == []


def test_layers_switched_off_stay_off_and_answer_clicks_when_they_are_back(page: Any) -> None:
    see(page)
    turn_to(page, "Corridors")
    propose(page)
    page.get_by_role("tab", name="Ranking").wait_for()
    await_another(page, "")
    time.sleep(1.0)
    first = read_plan(page)
    frame = page.frame_locator(MAP).last
    frame.locator(".ip-layers button").click()
    frame.get_by_label("Proposed corridors").uncheck()
    page.get_by_role("slider", name="Year").focus()
    page.keyboard.press("ArrowRight")
    await_another(page, first)
    badges = frame.locator(".ip-rank")
    badges.first.wait_for(state="detached")

    turn_to(page, "What if")
    page.locator(".st-key-dial_group").wait_for()
    await_another(page, "")
    frame = page.frame_locator(MAP).last
    frame.locator(".ip-rank").first.wait_for(state="detached")
    frame.locator(".ip-layers button").click()
    assert not frame.get_by_label("Proposed corridors").is_checked()

    turn_to(page, "Corridors")
    page.get_by_role("tab", name="Ranking").wait_for()
    await_another(page, "")
    time.sleep(1.0)
    frame = page.frame_locator(MAP).last
    frame.locator(".ip-layers button").click()
    frame.get_by_label("Proposed corridors").check()
    badges = frame.locator(".ip-rank")
    badges.first.wait_for()
    count = badges.count()
    badges.filter(has_text=str(count)).first.click(force=True)
    page.get_by_role("heading", name=f"{count}.").wait_for()
    assert page.faults == []


def test_the_map_fills_the_screen_and_keeps_its_view(page: Any) -> None:
    def measure() -> tuple[float, float]:
        """Where the map ends and how high it is, once it has come to rest [px]."""
        end, seen = time.monotonic() + PATIENCE_S, None
        while time.monotonic() < end:
            box = page.locator(MAP).last.bounding_box()
            now = (box["y"] + box["height"], box["height"])
            if now == seen and see(page).evaluate("() => map.getSize().y") == round(now[1]):
                return now
            seen = now
            time.sleep(0.6)
        raise AssertionError("the map does not come to rest")

    see(page)
    rest(page)
    for height, least in ((768, 440.0), (1080, 680.0)):
        page.set_viewport_size({"width": 1600, "height": height})
        time.sleep(0.6)
        end, high = measure()
        assert height - 120.0 <= end <= height
        assert high >= least
        beside = page.locator(".st-key-beside_map").bounding_box()
        assert abs(beside["y"] + beside["height"] - end) <= 2.0
    see(page).evaluate("() => map.setView([map.getCenter().lat, map.getCenter().lng + 0.1], map.getZoom())")
    time.sleep(0.6)
    view = read_view(page)
    page.set_viewport_size({"width": 1600, "height": 768})
    time.sleep(0.6)
    measure()
    lat, lon, zoom = read_view(page)
    assert (lon, zoom) == view[1:]
    assert abs(lat - view[0]) < 0.01
    # large type: the bar above grows, the map still ends on the screen, and its search says all that it does
    page.get_by_text("Large type").click()
    rest(page)
    time.sleep(0.6)
    assert 768 - 120.0 <= measure()[0] <= 768
    page.get_by_text("Nederlands", exact=True).click()
    page.frame_locator(MAP).last.locator(".ip-large .ip-search input[placeholder^=Zoeken]").wait_for()
    assert see(page).evaluate(
        """() => {
          const field = document.querySelector('.ip-search input'), style = getComputedStyle(field);
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = style.font;
          return field.clientWidth - pen.measureText(field.placeholder).width >= parseFloat(style.paddingLeft) + 16;
        }"""
    )
    assert page.faults == []


def test_a_link_brings_the_question_back_and_the_keyboard_finds_the_button(page: Any, address: str) -> None:
    see(page)
    page.wait_for_url("**q=*")
    before = page.url
    time.sleep(2.0)
    page.get_by_role("slider", name="Year").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("2041").first.wait_for()
    page.wait_for_url(lambda now: "q=" in now and now != before)
    link = page.url
    turn_to(page, "Corridors")
    page.goto(link)
    page.get_by_text("2041").first.wait_for()
    page.goto(f"{address}/?q=1.nonsense")
    page.get_by_role("alert").first.wait_for()
    turn_to(page, "Corridors")
    button = page.get_by_role("button", name="Propose corridors")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Ranking").wait_for()
    assert page.faults == []
