// The registry's form: shows a picture that was just chosen, and adds rows of special functions.

function showChosen(input) {
  const part = input.closest("[data-picture]");
  const link = part.querySelector("[data-picture-link]");
  const shown = part.querySelector("[data-picture-shown]");
  const [file] = input.files;
  if (!file) return;
  if (shown.src.startsWith("blob:")) URL.revokeObjectURL(shown.src);
  shown.src = URL.createObjectURL(file);
  link.href = shown.src;
  link.hidden = false;
}

function addRow(list) {
  const body = list.querySelector("ul");
  const row = body.lastElementChild.cloneNode(true);
  const number = body.children.length;
  for (const field of row.querySelectorAll("[name]")) {
    field.name = field.name.replace(/-\d+-(\w+)$/, `-${number}-$1`);
    if (field.name.endsWith("-id")) field.value = "";
    if (field.name.endsWith("-value")) field.value = "1";
    if (field.type === "checkbox") field.checked = false;
  }
  body.append(row);
  row.querySelector("input").focus();
}

for (const input of document.querySelectorAll("[data-picture-file]")) {
  input.addEventListener("change", () => showChosen(input));
}
for (const list of document.querySelectorAll("[data-functions]")) {
  const button = list.querySelector("[data-functions-add]");
  button.hidden = false;
  button.addEventListener("click", () => addRow(list));
}
