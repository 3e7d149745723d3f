/** What becomes of the rows of a list that was asked for anew. Pure: a row has `id` and `dataset.version`. */

/**
 * `rows`: for each of `fresh`, in its order, {row, old, same}: `old` is the row known by its id,
 * `same` that it stands at the same version and is left alone. `gone`: known rows that are no more.
 */
export function matched(known, fresh) {
  const left = new Map(known.map((row) => [row.id, row]));
  const rows = fresh.map((row) => {
    const old = left.get(row.id);
    left.delete(row.id);
    return { row, old, same: Boolean(old) && old.dataset.version === row.dataset.version };
  });
  return { rows, gone: [...left.values()] };
}

/**
 * Whether what came may take the place of what is shown, by the lengths of their logs: a log only
 * grows, a shorter one is an older state. `anew`: an equal one too. No number is never newer.
 */
export function isNewer(shown, came, anew = false) {
  return came > shown || (anew && came === shown);
}
