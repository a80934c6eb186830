
// The host of a live widget: keys that the player hears are not the notebook's too.

const widget = ({ model, el }) => {
  el.dataset.lmSuppressShortcuts = "true"; // JupyterLab listens before anybody else
  el.addEventListener("keydown", (event) => event.stopPropagation());
  return explore({ model, el });
};

export default { render: widget };
