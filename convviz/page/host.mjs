
// The host of an exported file: the payload stands in the page, and the address holds the view.

{
  const el = document.querySelector("main");
  const data_ = (place) => JSON.parse(document.querySelectorAll("script[type='application/json']")[place].textContent);
  const payload = data_(0);
  payload.later = (hear) => { // what stands after this script may not be read yet
    if (document.readyState !== "loading") hear(data_(1));
    else addEventListener("DOMContentLoaded", () => hear(data_(1)), { once: true });
  };
  const read = () => {
    const view = {};
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (name === "step") view.step = /^\d{1,9}$/.test(value) ? Number(value) - 1 : undefined;
      else if (name === "theme" || name === "mode") view[name] = value;
      else if (name === "numbers" || name === "shading") view[name] = value === "1";
      else view.at = { ...view.at, [name]: value };
    }
    return view;
  };
  const data = { payload, fill: true, view: read() };
  const heard = [];
  const fire = (name) => {
    for (const [event, hear] of heard) if (event === `change:${name}`) hear();
  };
  const model = {
    get: (name) => data[name],
    set: (name, value) => {
      data[name] = value;
      fire(name);
    },
    on: (event, hear) => heard.push([event, hear]),
    off: () => {},
    save_changes: () => {
      const { step, theme, numbers, shading, mode, at } = data.view;
      const said = new URLSearchParams({ ...at, ...(step === undefined ? {} : { step: step + 1 }) });
      if (theme) said.set("theme", theme);
      if (numbers === false) said.set("numbers", "0");
      if (shading) said.set("shading", "1");
      if (mode && mode !== "explore") said.set("mode", mode);
      const other = JSON.stringify(at) !== JSON.stringify(read().at); // going back leads to settings, not to steps
      try {
        if (`#${said}` !== location.hash) history[other ? "pushState" : "replaceState"](null, "", `#${said}`);
      } catch {
        // a frame without an address of its own
      }
    },
  };
  (payload.sets ? explore : render)({ model, el });
  addEventListener("popstate", () => model.set("view", read()));
  const focus = () => {
    if (document.activeElement === document.body) el.firstElementChild.focus({ preventScroll: true });
  };
  if (window === window.parent) addEventListener("DOMContentLoaded", focus); // it needs a layout
}
