// Sliders, words and a picture as the kernel has them; what a hand moves is told to the kernel.
//
// The sliders of ipywidgets send a value when the kernel has done with the one before and the
// browser has heard of it, which a Jupyter server holds back for 40 ms (Nagle's algorithm). Here
// the next move is on its way while the kernel works at the last; of more, the latest is sent.

const AHEAD = 2; // moves that are not answered yet

export default () => {
  const waiting = {}; // by field: moved, not sent
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
    const words = element("div", "jaxcom-words");
    const picture = element("canvas", "jaxcom-picture");
    const paint = painter(picture);
    el.append(sliders, words, picture);

    const showValues = () => {
      if (sent !== model.get("answered")) return; // a hand is moving them
      rows.forEach((row) => row.show(model.get("values")[row.name]));
    };
    const follow = [
      ["change:values", showValues],
      ["change:answered", showValues],
      ["change:words", () => (words.innerHTML = model.get("words"))],
      ["change:picture", () => paint(model.get("picture"))],
    ];
    for (const [event, take] of follow) {
      take();
      model.on(event, take);
    }
    return () => follow.forEach(([event, take]) => model.off(event, take));
  }

  return { initialize, render };
};

function sliderRow({ name, label, low, high, step, logarithmic }, tell) {
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
    tell(shown);
  });
  number.addEventListener("change", () => {
    if (!number.reportValidity()) return;
    range.value = place(number.valueAsNumber);
    tell(number.valueAsNumber);
  });
  return { name, show, root: element("div", "jaxcom-slider", caption, range, number) };
}

// Pictures are decoded beside the page, where a later one may overtake an earlier one, and painted
// over the last; an <img> would load each from an address.
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
