/** Small buttons that copy what they name: [data-copy-text]. Hidden where scripts do not run. */

const SHOWN_MS = 1500;

/** The clipboard where the page may use it, else a text field that is marked and copied. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
  }
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

async function press(button) {
  const icon = button.querySelector(".bi");
  const done = await copy(button.dataset.copyText);
  icon.className = done ? "bi bi-check-lg" : "bi bi-exclamation-triangle";
  button.dataset.copied = String(done);
  setTimeout(() => { icon.className = "bi bi-copy"; }, SHOWN_MS);
  button.focus();
}

export function startCopy(root = document) {
  for (const button of root.querySelectorAll("[data-copy-text][hidden]")) {
    button.hidden = false;
    button.addEventListener("click", () => press(button));
  }
}
