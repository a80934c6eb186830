"""How soon a page answers, in headless Chromium, from a file: milliseconds from the start of the navigation.

usage: python tests/benchmarks/page.py [--loads N] [FILE.html …]

Without files, those that the project's promise is about: the default figure and the page for a course. Each load is a
page in a context of its own, in a window that has come to rest. A page *answers* at the first moment at which a press
of its step button moves the step: a script that runs before the page's own tries it as soon as there is a button. Needs
chromium and playwright; machines are noisy, so the least and the median of the loads are told.

Load by load in turn with pages made before sizes were read once and the course page was split, on two cores that were
busy with other work (13 loads each, least/median ms): the default page answers after 52/88, before 73/111; the page for
a course after 73/137, before 155/215.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

BAR = 100.0  # ms
SETTLE = 700  # ms: until the new window is at rest, which loads pages of the browser's own
PROBE = """
const long = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) long.push([Math.round(each.startTime), Math.round(each.duration)]);
}).observe({ type: "longtask", buffered: true });
const channel = new MessageChannel();
channel.port1.onmessage = () => {
  const step = document.querySelectorAll(".cv-bar button")[3];
  const where = document.querySelector(".cv-where");
  const before = where?.textContent;
  if (step && before) {
    step.click();
    if (where.textContent !== before) {
      globalThis.answers = performance.now();
      globalThis.long = long;
      return;
    }
  }
  channel.port2.postMessage(0);
};
channel.port2.postMessage(0);
"""
READ = """() => {
  const [at] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {
    received: at.responseEnd, content: at.domContentLoadedEventEnd, loaded: at.loadEventEnd,
    painted: paint?.startTime ?? NaN, answers: globalThis.answers, long: globalThis.long,
    nodes: document.querySelectorAll("*").length,
  };
}"""
SHOWN = ("received", "content", "loaded", "answers", "painted")
SPENT = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "TaskDuration")


def load(browser: Any, path: Path) -> dict[str, Any]:
    """Open a page once, and return what it says of its own load."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.wait_for_timeout(SETTLE)
    page.add_init_script(PROBE)
    client = context.new_cdp_session(page)
    client.send("Performance.enable")
    page.goto(path.resolve().as_uri(), wait_until="load")
    page.wait_for_function("globalThis.answers && performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
    page.wait_for_timeout(200)
    found: dict[str, Any] = page.evaluate(READ)
    metrics = {each["name"]: each["value"] for each in client.send("Performance.getMetrics")["metrics"]}
    found.update({name: metrics[name] * 1000 for name in SPENT})
    context.close()
    return found


def least_and_median(loads: list[dict[str, Any]], name: str) -> str:
    """Write what the loads say of one moment."""
    times = [each[name] for each in loads]
    return f"{min(times):.0f}/{median(times):.0f}"


def main() -> None:
    """Print a line for each page."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("--loads", type=int, default=15)
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        files = asked.files
        if not files:
            files = [Path(folder) / "default.html", Path(folder) / "course.html"]
            for command, file in zip(("conv", "explore"), files, strict=True):
                subprocess.run([sys.executable, "-m", "convviz", command, "-q", "-o", str(file)], check=True)
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        for file in files:
            load(browser, file)  # the first page of a browser pays for the browser
            loads = [load(browser, file) for _ in range(asked.loads)]
            told = "  ".join(f"{name} {least_and_median(loads, name)}" for name in SHOWN)
            spent = "  ".join(f"{name[:-8].lower()} {median(x[name] for x in loads):.0f}" for name in SPENT)
            good = "ok " if median(x["answers"] for x in loads) <= BAR else "NO "
            print(
                f"{good}{file.stem}: {file.stat().st_size:,} bytes, {loads[0]['nodes']} nodes; least/median ms: {told}"
            )
            print(f"   of which {spent}; long tasks of the last load: {loads[-1]['long']}")
        browser.close()


if __name__ == "__main__":
    main()
