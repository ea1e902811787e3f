// What the cells come to, as they are typed: promises against stock, and what each member may take.
import { sheet } from "./cells.js";

const lang = document.documentElement.lang || "en";
const whole = (value) => value.toLocaleString(lang, { maximumFractionDigits: 0 });

// A quantity; null for an empty cell and for what is none.
function quantity(text) {
  const plain = text.replace(/[\s\u00a0]/g, "");
  return /^\d{1,4}(?:\.0*)?$/.test(plain) ? Number(plain) : null;
}

function price(text, row, digits) {
  const plain = text.replace(/[\s\u00a0]/g, "").replace(",", ".");
  return /^\d{1,9}(?:\.\d{1,3})?$/.test(plain) ? Number(plain) : Number(row.dataset.price) / 10 ** digits;
}

function over(promised, there) {
  if (!promised) return "";
  return there > 0 ? `${(promised / there).toLocaleString(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}×` : "no stock";
}

function count() {
  const form = sheet();
  const heads = [...form.querySelectorAll("th[data-members]")];
  const money = new Intl.NumberFormat(lang, { style: "currency", currency: form.dataset.currency });
  const digits = money.resolvedOptions().maximumFractionDigits;
  const each = heads.map(() => ({ bottles: 0, money: 0 }));
  let bottles = 0;
  for (const row of form.querySelectorAll("tbody tr[data-there]")) {
    let promised = Number(row.dataset.elsewhere);
    [...row.querySelectorAll(".sheet-cell")].forEach((cell, index) => {
      const maximum = quantity(cell.querySelector("[name^=maximum]").value);
      if (maximum === null) return;
      const { people, own, bought } = cell.dataset;
      if ("counts" in heads[index].dataset) promised += Math.max(maximum * people + Number(own) - bought, 0);
      each[index].bottles += maximum * row.dataset.units;
      each[index].money += maximum * price(cell.querySelector("[name^=price]").value, row, digits);
    });
    bottles += promised * row.dataset.units;
    const there = Number(row.dataset.there);
    row.querySelector("[data-promised]").textContent = whole(promised);
    const said = row.querySelector("[data-over]");
    said.textContent = over(promised, there);
    said.classList.toggle("is-over", promised > there);
  }
  form.querySelectorAll("[data-each]").forEach((cell, index) => {
    cell.querySelector("[data-bottles]").textContent = whole(each[index].bottles);
    cell.querySelector("[data-money]").textContent = money.format(each[index].money);
  });
  const total = form.querySelector("[data-total]");
  const there = Number(total.dataset.there);
  total.querySelector("[data-offered]").textContent = whole(bottles);
  const said = total.querySelector("b");
  said.textContent = over(bottles, there);
  said.classList.toggle("is-over", bottles > there);
}

let waits = false;
export function recount() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    count();
  });
}
