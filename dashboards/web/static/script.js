// Pages work without it. "/" goes to the search box, as in most tools that are read by keyboard.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.getElementById("find");
    if (box) { event.preventDefault(); box.focus(); }
  }
});

// A table that is cut off at its box's edge says so above the box.
const tell = () => document.querySelectorAll(".scroll").forEach((box) => {
  const said = box.previousElementSibling;
  if (said && said.classList.contains("wider")) said.hidden = box.scrollWidth <= box.clientWidth + 1;
});
addEventListener("load", tell);
addEventListener("resize", tell);
document.addEventListener("toggle", tell, true);

// A page that is made for paper can be printed by a button.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => print());
});
