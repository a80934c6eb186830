
// The host of an exported file: the payload stands in the page, and the address holds the view.

{
  const el = document.querySelector("main");
  const data = { payload: JSON.parse(document.querySelector("script[type='application/json']").textContent), fill: true };
  const view = {};
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (name === "step" && /^\d{1,9}$/.test(value)) view.step = Number(value) - 1;
    else if (name === "theme" || name === "mode") view[name] = value;
    else if (name === "numbers" || name === "shading") view[name] = value === "1";
  }
  data.view = view;
  const heard = [];
  const model = {
    get: (name) => data[name],
    set: (name, value) => {
      data[name] = value;
      for (const [event, hear] of heard) if (event === `change:${name}`) hear();
    },
    on: (event, hear) => heard.push([event, hear]),
    off: () => {},
    save_changes: () => {
      const { step, theme, numbers, shading, mode } = data.view;
      const said = new URLSearchParams({ step: step + 1 });
      if (theme) said.set("theme", theme);
      if (!numbers) said.set("numbers", "0");
      if (shading) said.set("shading", "1");
      if (mode !== "explore") said.set("mode", mode);
      try {
        history.replaceState(null, "", `#${said}`);
      } catch {
        // a frame without an address of its own
      }
    },
  };
  render({ model, el });
  if (window === window.parent) el.firstElementChild.focus({ preventScroll: true });
}
