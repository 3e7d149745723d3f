/**
 * ECharts in the tokens' colours. The page loads echarts/echarts.min.js before its own script.
 * Bars before pies, direct labels before legends, units on axes; drawn on canvas, hints included,
 * because the security policy allows no inline style.
 */

import { token } from "./labels.js";

const echarts = globalThis.echarts;
const MOVE_MS = 400;

/** Registers nothing global: the theme in force at `element`, as an ECharts theme object. */
export function themeOf(element) {
  const colour = (name) => token(name, element);
  const text = { color: colour("--text"), fontFamily: colour("--font") };
  const axis = {
    axisLine: { show: true, lineStyle: { color: colour("--line-strong") } }, axisTick: { show: false },
    axisLabel: { ...text, color: colour("--muted") }, nameTextStyle: { color: colour("--muted") },
    splitLine: { lineStyle: { color: colour("--line") } },
  };
  return {
    color: [1, 2, 3, 4].map((n) => colour(`--chart-${n}`)), backgroundColor: "transparent",
    textStyle: text, categoryAxis: { ...axis, splitLine: { show: false } },
    valueAxis: { ...axis, axisLine: { show: false } }, timeAxis: { ...axis, splitLine: { show: false } },
    tooltip: { backgroundColor: colour("--surface"), borderColor: colour("--line-strong"), borderWidth: 1, textStyle: text, renderMode: "richText", confine: true },
  };
}

/** The font size of the element in px: charts on the wall grow with it. */
export function sizeOf(element) {
  return parseFloat(getComputedStyle(element).fontSize);
}

/** Draws `option` in `element`, again on a later call; follows its size. Answers the chart. */
export function draw(element, option) {
  let chart = echarts.getInstanceByDom(element);
  if (!chart) {
    chart = echarts.init(element, themeOf(element), { renderer: "canvas" });
    new ResizeObserver(() => chart.resize()).observe(element);
  }
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({
    aria: { enabled: true, label: { description: element.dataset.description } },
    animation: !still, animationDuration: MOVE_MS, animationDurationUpdate: MOVE_MS,
    textStyle: { fontSize: sizeOf(element) }, ...option,
  });
  element.role = "img";
  return chart;
}

/**
 * Lying bars, longest first as given: rows [{name, value, state?, light?}]. The value stands at the
 * bar's end. `unit` follows every value; `state` or `light` colours a bar by the tokens; `names` is
 * the room for a name in widths of a letter, `digits` those after the point.
 */
export function bars(element, rows, { unit = "", max, names = 8, digits = 0 } = {}) {
  const size = sizeOf(element);
  return draw(element, {
    grid: { left: 0, right: size * 3.5, top: 0, bottom: 0, containLabel: true },
    xAxis: { type: "value", show: false, max },
    yAxis: { type: "category", inverse: true, data: rows.map((row) => row.name), axisLine: { show: false }, axisLabel: { color: token("--text", element), fontSize: size, width: size * names, overflow: "truncate" } },
    series: [{
      type: "bar", barCategoryGap: "35%", barMaxWidth: size * 2,
      data: rows.map((row) => ({ value: row.value, itemStyle: hueOf(row, element) })),
      label: { show: true, position: "right", color: token("--text", element), fontSize: size, formatter: ({ value }) => `${value.toFixed(digits)}${unit && ` ${unit}`}` },
    }],
  });
}

function hueOf({ state, light }, element) {
  const name = light ? `--light-${light}` : state ? `--state-${state}` : null;
  return name ? { color: token(name, element) } : undefined;
}

/** Standing bars over time or classes: labels [..], series [{name, values, state?}], stacked. */
export function columns(element, labels, series, { unit = "", stack = true } = {}) {
  return draw(element, { ...frame(element, labels, unit), series: series.map((one) => ({
    type: "bar", name: one.name, data: one.values, stack: stack ? "all" : undefined, barMaxWidth: sizeOf(element) * 2, itemStyle: hueOf(one, element),
  })), legend: legendOf(element, series) });
}

/** Lines with their name at the right end: labels [..], series [{name, values, state?, light?}]. */
export function lines(element, labels, series, { unit = "" } = {}) {
  const shape = frame(element, labels, unit);
  const size = sizeOf(element);
  const longest = Math.max(0, ...series.map((one) => one.name.length));
  return draw(element, { ...shape, grid: { ...shape.grid, right: size * (longest + 2) }, series: series.map((one) => ({
    type: "line", name: one.name, data: one.values, showSymbol: false, lineStyle: { width: size / 7 }, itemStyle: hueOf(one, element), connectNulls: false,
    endLabel: { show: true, distance: size, formatter: "{a}", color: "inherit", fontSize: size }, labelLayout: { moveOverlap: "shiftY" }, emphasis: { focus: "series" },
  })) });
}

function frame(element, labels, unit) {
  const size = sizeOf(element);
  const axisLabel = { fontSize: size * 0.9 };
  return {
    grid: { left: 0, right: size, top: size * 2, bottom: 0, containLabel: true },
    tooltip: { trigger: "axis" },
    xAxis: { type: "category", data: labels, axisLabel: { ...axisLabel, hideOverlap: true } },
    yAxis: { type: "value", name: unit, nameTextStyle: { align: "left", fontSize: size * 0.9 }, axisLabel, minInterval: 1, splitNumber: 3 },
  };
}

function legendOf(element, series) {
  if (series.length < 2) return { show: false };
  return { show: true, top: 0, right: 0, itemWidth: 10, itemHeight: 10, textStyle: { color: token("--text", element), fontSize: sizeOf(element) * 0.9 } };
}

/** A line without axes for a counter: the last value is marked by a dot. */
export function spark(element, values, { hue = "--chart-1" } = {}) {
  const colour = token(hue, element);
  const size = sizeOf(element);
  return draw(element, {
    grid: { left: 2, right: size / 3, top: size / 3, bottom: 2 },
    xAxis: { type: "category", show: false, boundaryGap: false, data: values.map((_, place) => place) },
    yAxis: { type: "value", show: false, min: "dataMin" },
    series: [{
      type: "line", data: values, showSymbol: false, lineStyle: { width: Math.max(1.5, size / 12), color: colour }, silent: true,
      markPoint: { symbol: "circle", symbolSize: size / 3, itemStyle: { color: colour }, label: { show: false }, data: values.length ? [{ coord: [values.length - 1, values.at(-1)] }] : [] },
    }],
  });
}
