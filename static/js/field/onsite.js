/**
 * What the collector does on site besides reporting: stays until somebody takes over, which makes
 * it urgent, or has put it right, which asks for other photos. One excludes the other.
 */

const SEEN = ["close,wide,reference", "close,wide,reference,close"]; // types, and what is proposed in turn
const DONE = ["before,after,reference", "before,after"];

export class OnSite {
  /** `boxes`: the check boxes urgent, on_guard and self_disposed, the last if the post has it. */
  constructor(boxes, photos) {
    Object.assign(this, boxes, { photos });
    const listen = (box, act) => box?.addEventListener("change", act);
    listen(this.urgent, () => { if (this.urgent.checked) this.leave(); else this.on_guard.checked = false; });
    listen(this.on_guard, () => { if (this.on_guard.checked) { this.urgent.checked = true; this.leave(); } });
    listen(this.self_disposed, () => { if (this.self_disposed.checked) this.urgent.checked = this.on_guard.checked = false; this.ask(); });
  }

  /** It has not been put right after all. */
  leave() {
    if (!this.self_disposed?.checked) return;
    this.self_disposed.checked = false;
    this.ask();
  }

  ask() {
    this.photos().ask(...(this.self_disposed?.checked ? DONE : SEEN));
  }

  /** Words of what the photos still lack: one of each side of the work, or any. */
  lacking() {
    const taken = this.photos()?.taken().map(({ type }) => type) ?? [];
    if (!this.self_disposed?.checked) return taken.length ? [] : ["photo"];
    return ["before", "after"].filter((type) => !taken.includes(type));
  }

  get fields() {
    return { urgent: this.urgent.checked, on_guard: this.on_guard.checked, self_disposed: Boolean(this.self_disposed?.checked) };
  }

  set fields({ urgent = false, on_guard = false, self_disposed = false }) {
    [this.urgent.checked, this.on_guard.checked] = [urgent, on_guard];
    if (this.self_disposed) this.self_disposed.checked = self_disposed;
    this.ask();
  }
}
