// Sliders, a table and a figure, kept in step with the kernel; moves of sliders are sent to it.
//
// The sliders of ipywidgets wait for the answer of the kernel before they send the next value, and
// a Jupyter server delays that answer by 40 ms (Nagle's algorithm). Here the next move is sent
// while the kernel still works on the last one; of several waiting moves only the latest is sent.

const AHEAD = 2; // largest number of moves without an answer

export default () => {
  const waiting = {}; // new values that are not sent yet, by field
  let sent = 0;

  function send(model) {
    if (Object.keys(waiting).length === 0 || sent - model.get("answered") >= AHEAD) return;
    model.send({ ...waiting });
    sent += 1;
    Object.keys(waiting).forEach((name) => delete waiting[name]);
  }

  function initialize({ model }) {
    sent = model.get("answered");
    model.on("change:answered", () => {
      sent = Math.max(sent, model.get("answered"));
      send(model);
    });
  }

  function render({ model, el }) {
    const rows = model.get("sliders").map((slider) =>
      sliderRow(slider, (value) => {
        waiting[slider.name] = value;
        send(model);
      }),
    );
    const sliders = element("div", "jaxcom-sliders", ...rows.map((row) => row.root));
    const table = element("div", "jaxcom-table");
    const picture = element("canvas", "jaxcom-picture");
    const paint = painter(picture);
    el.append(sliders, table, picture);

    const showValues = () => {
      if (sent !== model.get("answered")) return; // the user is moving a slider
      rows.forEach((row) => row.show(model.get("values")[row.name]));
    };
    const handlers = [
      ["change:values", showValues],
      ["change:answered", showValues],
      ["change:table", () => (table.innerHTML = model.get("table"))],
      ["change:picture", () => paint(model.get("picture"))],
    ];
    for (const [event, update] of handlers) {
      update();
      model.on(event, update);
    }
    return () => handlers.forEach(([event, update]) => model.off(event, update));
  }

  return { initialize, render };
};

function sliderRow({ name, label, low, high, step, logarithmic }, onMove) {
  const place = (value) => (logarithmic ? Math.log10(value) : value);
  const value = (place) => (logarithmic ? 10 ** place : place);
  const range = element("input", `jaxcom-${name}`);
  Object.assign(range, { type: "range", min: place(low), max: place(high), step });
  const number = element("input", "jaxcom-number");
  Object.assign(number, { type: "number", min: low, max: high, step: "any", required: true });
  const caption = element("label");
  caption.innerHTML = label;

  const read = (shown) => (number.value = Number(shown.toPrecision(4)));
  const show = (shown) => {
    range.value = place(shown);
    read(shown);
  };
  range.addEventListener("input", () => {
    const shown = value(range.valueAsNumber);
    read(shown);
    onMove(shown);
  });
  number.addEventListener("change", () => {
    if (!number.reportValidity()) return;
    range.value = place(number.valueAsNumber);
    onMove(number.valueAsNumber);
  });
  return { name, show, root: element("div", "jaxcom-slider", caption, range, number) };
}

// Images are decoded in the background, where a later one may finish first, and drawn over the
// previous one; an <img> element would load each image from a URL.
function painter(canvas) {
  let arrived = 0;
  let painted = 0;
  return async (png) => {
    if (png.byteLength === 0) return;
    const turn = ++arrived;
    const picture = await createImageBitmap(new Blob([png], { type: "image/png" }));
    if (turn < painted) return picture.close();
    painted = turn;
    const { width, height } = picture;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    canvas.dispatchEvent(new Event("shown"));
  };
}

function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}
