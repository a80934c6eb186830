
// The host of a live widget: STYLE and the page's parts stand in a shadow root, so that no style gets in or out.

const widget = ({ model, el }) => {
  const style = document.createElement("style");
  const place = document.createElement("div");
  style.textContent = STYLE;
  (el.shadowRoot ?? el.attachShadow({ mode: "open" })).replaceChildren(style, place);
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab listens before anybody else
  el.addEventListener("keydown", (event) => event.stopPropagation()); // keys that the player hears are its alone
  return explore({ model, el: place });
};

export default { render: widget };
