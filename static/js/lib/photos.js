/**
 * The upload widget of parts/upload.html: drag, paste, choose or camera; shrinks to 2048 px before
 * sending; asks what each photo shows; sends `<name>` files and `<name>_type` in the same order.
 */

import { label } from "./labels.js";

const LONGEST_EDGE = 2048;
const QUALITY = 0.85;

/** {width, height} of an image shrunk so that its longer edge is at most `edge`; never enlarged, never empty. */
export function fit(width, height, edge = LONGEST_EDGE) {
  const share = Math.min(1, edge / Math.max(width, height));
  const size = (length) => Math.max(1, Math.round(length * share));
  return { width: size(width), height: size(height) };
}

/** The first usual type that no photo has yet, in the end the last one: every photo of a disposal is "after". */
export function nextType(usual, used) {
  return usual.find((type) => !used.includes(type)) ?? usual.at(-1);
}

/**
 * Types of photos after others are asked for: those no longer asked for become what is usual now,
 * one after the other, the rest stays.
 */
export function retyped(chosen, types, usual) {
  const kept = chosen.filter((type) => types.includes(type));
  return chosen.map((type) => {
    if (types.includes(type)) return type;
    kept.push(nextType(usual, kept));
    return kept.at(-1);
  });
}

/** "road.HEIC" is "road.jpg": the name of a picture that became a JPEG. */
export function jpegName(name) {
  return `${name.replace(/\.\w+$/, "") || "photo"}.jpg`;
}

/** A JPEG File of at most LONGEST_EDGE px, upright; the file itself where it is small enough. Throws on what is no picture. */
export async function shrink(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const size = fit(bitmap.width, bitmap.height);
  if (size.width === bitmap.width && file.type === "image/jpeg") {
    bitmap.close();
    return file;
  }
  const canvas = Object.assign(document.createElement("canvas"), size);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, size.width, size.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return new File([blob], jpegName(file.name), { type: "image/jpeg", lastModified: file.lastModified });
}

/** The format of iPhones: few browsers show it, the server reads it. */
export function isHeif(file) {
  return /^image\/hei[cf]/.test(file.type) || /\.hei[cf]$/i.test(file.name);
}

export class Photos {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("[data-photo-input]");
    this.list = box.querySelector("[data-photo-list]");
    this.errors = box.querySelector("[data-photo-errors]");
    this.types = box.dataset.types.split(",");
    this.usual = box.dataset.usual.split(",");
    this.items = [];
    box.photos = this;
    // The chooser itself is never sent: what is sent are the shrunk files of `carrier`.
    this.carrier = Object.assign(document.createElement("input"), { type: "file", multiple: true, hidden: true, name: box.dataset.name });
    box.append(this.carrier);
    this.listen();
  }

  listen() {
    const { box } = this;
    this.input.addEventListener("change", () => this.add(this.input.files).then(() => { this.input.value = ""; }));
    for (const name of ["dragover", "dragleave", "drop"]) {
      box.addEventListener(name, (event) => {
        event.preventDefault();
        box.classList.toggle("is-over", name === "dragover");
        if (name === "drop") this.add(event.dataTransfer.files);
      });
    }
    (box.closest("form") ?? box).addEventListener("paste", (event) => {
      if (event.clipboardData.files.length) this.add(event.clipboardData.files);
    });
  }

  /** Adds files, shrunk; says of each that could not be added why. */
  async add(files) {
    const problems = [];
    const [most, mb] = [Number(this.box.dataset.max), Number(this.box.dataset.maxMb)];
    for (const file of [...files]) {
      if (this.items.length >= most) {
        problems.push(label("photo-too-many", { n: most }));
        break;
      }
      const small = await shrink(file).catch(() => (isHeif(file) ? file : null));
      if (!small) problems.push(label("photo-not-image", { name: file.name }));
      else if (small.size > mb * 1024 * 1024) problems.push(label("photo-too-big", { name: file.name, mb }));
      else this.show(small);
    }
    this.say(problems);
    this.carry();
  }

  show(file) {
    const item = document.createElement("div");
    item.className = "drop-item";
    const picture = Object.assign(document.createElement("img"), { src: URL.createObjectURL(file), alt: file.name });
    const chooser = this.typeChooser();
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-secondary", textContent: label("photo-remove") });
    const entry = { file, item, chooser };
    remove.addEventListener("click", () => {
      URL.revokeObjectURL(picture.src);
      item.remove();
      this.items.splice(this.items.indexOf(entry), 1);
      this.carry();
    });
    const moment = Object.assign(document.createElement("input"), { type: "hidden", name: `${this.box.dataset.name}_made_at`, value: new Date(file.lastModified).toISOString() });
    item.append(picture, chooser, remove, moment);
    this.list.append(item);
    this.items.push(entry);
  }

  /** What is usual at this step is proposed; with one type there is nothing to ask. */
  typeChooser() {
    const chooser = Object.assign(document.createElement("select"), { name: `${this.box.dataset.name}_type`, className: "form-select" });
    chooser.ariaLabel = label("photo-type");
    this.offer(chooser, nextType(this.usual, this.chosen()));
    return chooser;
  }

  chosen() {
    return this.items.map(({ chooser }) => chooser.value);
  }

  offer(chooser, chosen) {
    chooser.replaceChildren(...this.types.map((type) => new Option(label(`photo-${type}`), type)));
    chooser.value = chosen;
    chooser.hidden = this.types.length < 2;
  }

  /** Other types from now on ("before,after"): photos of a type no longer asked for get what is usual now. */
  ask(types, usual) {
    this.types = types.split(",");
    this.usual = usual.split(",");
    const chosen = retyped(this.chosen(), this.types, this.usual);
    this.items.forEach(({ chooser }, n) => this.offer(chooser, chosen[n]));
    this.carry();
  }

  carry() {
    const box = new DataTransfer();
    for (const { file } of this.items) box.items.add(file);
    this.carrier.files = box.files;
    this.box.dispatchEvent(new CustomEvent("photos:change", { bubbles: true, detail: { count: this.items.length } }));
  }

  /** [{file, type}] for a page that sends or stores them itself (the outbox of the phone). */
  taken() {
    return this.items.map(({ file, chooser }) => ({ file, type: chooser.value }));
  }

  clear() {
    this.items = [];
    this.list.replaceChildren();
    this.say([]);
    this.carry();
  }

  say(problems) {
    this.errors.hidden = !problems.length;
    this.errors.replaceChildren(...problems.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }
}

/** Starts every widget inside `root` that is not started yet; answers the new ones. */
export function startPhotos(root = document) {
  return [...root.querySelectorAll("[data-photos]")].filter((box) => !box.photos).map((box) => new Photos(box));
}
