"""What a person sees and does at a glance: live studies, points, sweeps, phones and paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.waiting import until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from tests.journeys.service import Service

OBSERVE = """
window.shifts = [];
window.moved = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
    window.shifts.push(entry.value);
    window.moved.push(...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.textContent ?? "gone"));
  }
}).observe({ type: "layout-shift", buffered: true });
"""

AGREE = """
window.looks = 0;
window.disagreements = [];
setInterval(() => {
  const rows = [...document.querySelectorAll("[data-run]")];
  if (rows.length !== 12) return;
  const cells = (row) => [...row.querySelectorAll("[role=cell]")].map((cell) => cell.textContent.trim());
  const finished = rows.filter((row) => cells(row)[1] === "finished");
  const seedOf = (row) => row.querySelector(".run-link").textContent;
  const seeds = (arm) => finished.filter((row) => cells(row)[2] === arm).map(seedOf);
  const arms = ["4 trees", "30 trees"];
  // Runs that are on their way stand behind the count; an arm may have no others.
  const texts = [...document.querySelectorAll("[data-testid=figure-curves] .legendtext")];
  const legend = texts.map((one) => one.textContent.replace(/, .*/, ")"));
  const sentence = /(\\d+) paired seed/.exec(document.querySelector(".verdict").textContent)?.[1];
  const shown = {
    ended: Number(document.querySelector(".answer-strip [role=progressbar]").getAttribute("aria-valuenow")),
    pairs: document.querySelectorAll(".difference-plot .seed").length,
    legend: legend.filter((text) => !text.endsWith("(n = 0)")).sort().join(),
    sentence: Number(sentence),
  };
  const pairs = seeds(arms[0]).filter((seed) => seeds(arms[1]).includes(seed)).length;
  const counted = arms.filter((arm) => seeds(arm).length > 0).map((arm) => `${arm} (n = ${seeds(arm).length})`);
  const wanted = {
    ended: finished.length,
    pairs,
    legend: counted.sort().join(),
    sentence: sentence === undefined ? NaN : pairs,
  };
  window.looks += 1;
  if (JSON.stringify(shown) !== JSON.stringify(wanted)) window.disagreements.push([shown, wanted]);
}, 100);
"""


def forest(trees: int) -> dict[str, object]:
    """Return an arm of a forest with so many trees."""
    return {"name": f"{trees} trees", "parameters": {"trees": trees}}


def test_a_study_watched_from_its_first_run_to_its_last_moves_nothing(page: Page, service: Service) -> None:
    page.add_init_script(OBSERVE)
    page.add_init_script(AGREE)
    study = service.submit(name="live", recipe="digits-forest", arms=[forest(4), forest(30)], seeds=6)
    page.goto(f"{service.url}/studies/{study}")
    charts = page.locator(".figures").first
    charts.wait_for()
    page.wait_for_timeout(500)
    page.evaluate("window.shifts.length = window.moved.length = 0")
    reads: list[str] = []
    page.on("request", lambda request: reads.append(f"{request.method} {urlsplit(request.url).path}"))
    top = page.evaluate("document.querySelector('.figures').getBoundingClientRect().top")
    until(
        lambda: (
            page.evaluate("dispatchEvent(new Event('visibilitychange'))")
            and page.locator(".difference-plot .seed").count() > 1
        ),
        50,
        "two pairs",
    )
    expect(page.get_by_text("12 runs", exact=True)).to_be_visible(timeout=50_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.querySelector('.figures').getBoundingClientRect().top") == top
    assert sum(page.evaluate("window.shifts")) <= 0.001, page.evaluate("window.moved")
    expect(page.locator(".difference-plot .seed")).to_have_count(6)
    # One snapshot: sentence, legend and table count the same seeds in every frame, also when the window returns.
    expect(page.locator(".verdict")).to_contain_text("6 paired seeds")
    expect(page.locator("[data-testid=figure-curves]").get_by_text("30 trees (n = 6)")).to_be_visible()
    assert page.evaluate("window.looks") > 10
    assert {read for read in reads if f"/studies/{study}" in read} == {f"POST /api/v1/studies/{study}/snapshot"}
    assert page.evaluate("window.disagreements") == []


def test_a_ranking_that_fills_moves_nothing(page: Page, service: Service) -> None:
    page.add_init_script(OBSERVE)
    arms = [forest(trees) for trees in (1, 4, 16)]
    study = service.submit(name="live sweep", recipe="digits-forest", arms=arms, seeds=4)
    kinds: list[Route] = []
    # What charts can be chosen comes last of all, as it may on a busy machine.
    page.route("**/api/v1/figures", lambda route: kinds.append(route))
    page.goto(f"{service.url}/studies/{study}")
    page.locator(".plot[data-drawn=true]").first.wait_for()
    page.evaluate("window.shifts.length = window.moved.length = 0")
    kinds[0].continue_()
    expect(page.get_by_role("combobox", name="Chart type").first).to_be_visible()
    expect(page.get_by_text("12 runs", exact=True)).to_be_visible(timeout=50_000)
    expect(page.locator("table.forest tbody tr").first).to_contain_text("16 trees")
    page.wait_for_timeout(1500)
    assert sum(page.evaluate("window.shifts")) <= 0.001, page.evaluate("window.moved")


def test_a_sweep_ranks_its_arms_and_draws_the_metric_against_the_parameter(page: Page, service: Service) -> None:
    study = service.submit(name="sweep", recipe="digits-forest", arms=[forest(n) for n in (1, 4, 16)], seeds=5)
    service.wait(study)
    page.goto(f"{service.url}/studies/{study}")
    rows = page.locator("table.forest tbody tr")
    expect(rows.first).to_contain_text("16 trees")
    expect(rows.first).to_contain_text("best")
    expect(rows.last).to_contain_text("1 trees")
    expect(page.get_by_role("img", name=re.compile("against trees"))).to_be_visible()
    expect(page.get_by_role("columnheader", name="trees")).to_be_visible()
    page.get_by_label("Filter the runs").fill("trees>4")
    expect(page.get_by_text("5 of 15 rows")).to_be_visible()


def test_a_point_shows_its_card_and_its_seed_is_excluded_in_all_arms(page: Page, service: Service) -> None:
    study = service.submit(name="outlier", recipe="digits-forest", arms=[forest(2), forest(20)], seeds=4)
    service.wait(study)
    page.goto(f"{service.url}/studies/{study}")
    # Keys step through what is drawn: its figure is there once the name counts the runs.
    chart = page.locator(".plot[data-drawn=true]").and_(
        page.get_by_role("group", name=re.compile("last (epoch|step)\\..* 8 runs"))
    )
    chart.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog", name=re.compile("^Seed"))
    expect(card.get_by_role("link", name="Open run")).to_be_visible()
    card.get_by_role("button", name=re.compile("in all arms")).click()
    page.get_by_label("Reason").fill("a broken disk")
    page.get_by_role("button", name="Exclude", exact=True).click()
    until(lambda: service.get(f"/studies/{study}")["excluded"] == 2, 10, "two excluded runs")
    expect(page.get_by_label("Reason")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_a_swipe_that_begins_on_a_chart_scrolls_the_page(chromium: Browser, service: Service, forests: int) -> None:
    with chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(f"{service.url}/studies/{forests}")
        plot = page.locator(".plot[data-drawn=true]").first
        plot.scroll_into_view_if_needed()
        plot.wait_for()
        box = plot.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = page.evaluate("scrollY")
        touch = context.new_cdp_session(page)
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 11):
            points = [{"x": x, "y": y - 30 * step}]
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(300)
        assert page.evaluate("scrollY") - before > 200
        widths = page.evaluate(
            "[...document.querySelectorAll('input[type=checkbox], input[type=radio]')]"
            ".filter((box) => box.checkVisibility()).map((box) => box.getBoundingClientRect().width)"
        )
        assert widths
        assert min(widths) >= 24


def test_every_run_is_printed(page: Page, service: Service, forests: int) -> None:
    page.goto(f"{service.url}/studies/{forests}")
    expect(page.get_by_text("12 rows")).to_be_visible()
    page.set_viewport_size({"width": 1000, "height": 300})
    page.emulate_media(media="print")
    expect(page.locator("[data-run]")).to_have_count(12)


def test_a_run_watched_to_its_end_shows_its_last_epoch(page: Page, service: Service) -> None:
    arms = [{"name": "mlp", "parameters": {"epochs": 6}}]
    study = service.submit(name="watched", recipe="digits-mlp", arms=arms, seeds=1, engine="graph")
    run = service.get(f"/studies/{study}/runs")["items"][0]["id"]
    page.goto(f"{service.url}/runs/{run}")
    expect(page.get_by_text("at the last epoch")).to_be_visible(timeout=55_000)
    drawn = "document.querySelector('[data-testid^=figure-run-]')?.data ?? []"  # none before it is drawn
    last = f"Math.max(...({drawn}).flatMap((trace) => [...trace.x]))"
    until(lambda: page.evaluate(last) == 6, 30, "the last epoch in the curves")
