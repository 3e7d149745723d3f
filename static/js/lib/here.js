/** The field of templates/cases/desk/fields/position.html: where the device is, asked when it is shown. */

function ask(box) {
  const said = box.querySelector("[data-here-said]");
  said.textContent = said.dataset.asking;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      box.querySelector("[data-here-value]").value = `${coords.longitude},${coords.latitude}`;
      said.textContent = said.dataset.found.replace("{m}", Math.round(coords.accuracy));
    },
    () => { said.textContent = said.dataset.refused; },
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 },
  );
}

/** Asks for the position of every field inside `root` that has none yet. */
export function startHere(root = document) {
  for (const box of root.querySelectorAll("[data-here]:not([data-here-started])")) {
    box.dataset.hereStarted = "";
    box.querySelector("[data-here-ask]").addEventListener("click", () => ask(box));
    if (!box.querySelector("[data-here-value]").value) ask(box);
  }
}
