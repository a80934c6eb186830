const root = document.querySelector("main");
const words = JSON.parse(document.querySelector("script[type='application/json']").textContent);
const settled = [...root.querySelectorAll("g[data-from]")];
const moving = [...root.querySelectorAll("g[data-at]")];
const bar = root.querySelector(".bar");
const [first, previous, play, next] = bar.querySelectorAll("button");
const scrub = bar.querySelector("input");
const said = bar.querySelector("output");
const last = words.seconds.length - 1;
let at = 0;
let timer = 0;

function show(step) {
  at = Math.max(0, Math.min(last, step));
  for (const each of settled) each.toggleAttribute("hidden", Number(each.dataset.from) > at);
  for (const each of moving) each.toggleAttribute("hidden", Number(each.dataset.at) !== at);
  scrub.value = at + 1;
  scrub.setAttribute("aria-valuetext", words.step.replace("{step}", at + 1).replace("{steps}", last + 1));
  said.textContent = `${at + 1} / ${last + 1}`;
}

function stop() {
  clearTimeout(timer);
  timer = 0;
  play.textContent = words.play;
}

function run() {
  timer = setTimeout(() => {
    if (at === last) return stop();
    show(at + 1);
    run();
  }, words.seconds[at] * 1000);
}

function go(step) {
  stop();
  show(step);
}

first.addEventListener("click", () => go(0));
previous.addEventListener("click", () => go(at - 1));
next.addEventListener("click", () => go(at + 1));
scrub.addEventListener("input", () => go(scrub.value - 1));
play.addEventListener("click", () => {
  if (timer) return stop();
  if (at === last) show(0);
  play.textContent = words.pause;
  run();
});
document.addEventListener("keydown", (event) => {
  if (event.target === scrub || event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }[event.key];
  if (by) go(at + by);
  else if (event.key === "Home") go(0);
  else if (event.key === "End") go(last);
  else return;
  event.preventDefault();
});
bar.hidden = last === 0;
show(0);
