/** The before/after slider of parts/compare.html: a range input moves the cut, so keys work too. */

export function startCompare(root = document) {
  for (const box of root.querySelectorAll("[data-compare]")) {
    const input = box.querySelector("input");
    const move = () => box.style.setProperty("--cut", `${input.value}%`);
    input.addEventListener("input", move);
    move();
  }
}
