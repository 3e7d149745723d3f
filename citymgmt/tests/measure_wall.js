/** What is wrong with the wall at its present size: nobody scrolls a wall, all of it is seen at once. */
() => {
  const faults = [];
  const [wide, high] = [innerWidth, innerHeight];
  const root = document.scrollingElement;
  const boxOf = (selector) => document.querySelector(selector).getBoundingClientRect();
  const over = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  if (root.scrollWidth > wide || root.scrollHeight > high) faults.push(`is ${root.scrollWidth}×${root.scrollHeight} px`);
  const map = boxOf("#wall-map");
  const share = (map.width * map.height) / (wide * high);
  if (share < 0.25) faults.push(`the map is ${Math.round(map.width)}×${Math.round(map.height)} px`);
  if (map.height < high * 0.25 || map.width < wide * 0.25) faults.push(`the map is a strip of ${Math.round(map.width)}×${Math.round(map.height)} px`);
  if (over(boxOf(".wall-legend"), map)) faults.push("the legend lies on the map");

  for (const part of document.querySelectorAll(".counter, .wall-panel, .wall-legend, .wall-ticker, .wall-scene")) {
    const { left, top, right, bottom, width, height } = part.getBoundingClientRect();
    const name = part.dataset.counter ?? part.querySelector("h2")?.textContent ?? part.className;
    if (left < -0.5 || top < -0.5 || right > wide + 0.5 || bottom > high + 0.5) faults.push(`${name} is not all on the screen`);
    if (part.matches(".counter, .wall-panel") && (width < 120 || height < 80)) faults.push(`${name} is ${Math.round(width)}×${Math.round(height)} px`);
  }
  for (const value of document.querySelectorAll(".counter > .value")) {
    const { right } = value.getBoundingClientRect();
    if (value.scrollWidth > value.clientWidth + 1 || right > value.parentElement.getBoundingClientRect().right) faults.push(`${value.textContent} is cut`);
  }
  const text = parseFloat(getComputedStyle(document.body).fontSize);
  if (text < 18) faults.push(`the text is ${text} px`);
  return faults;
}
