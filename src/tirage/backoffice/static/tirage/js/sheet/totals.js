// What the cells come to, as they are typed: promises against stock, and what each member may take.
import { sheet } from "./cells.js";
import { lang, over, price, quantity, whole } from "./numbers.js";

function count() {
  const form = sheet();
  const heads = [...form.querySelectorAll("th[data-members]")];
  const money = new Intl.NumberFormat(lang, { style: "currency", currency: form.dataset.currency });
  const digits = money.resolvedOptions().maximumFractionDigits;
  const each = heads.map(() => ({ bottles: 0, money: 0 }));
  let bottles = 0;
  for (const row of form.querySelectorAll("tbody tr[data-there]")) {
    let [promised, likely] = [Number(row.dataset.elsewhere), 0];
    [...row.querySelectorAll(".sheet-cell")].forEach((cell, index) => {
      const maximum = quantity(cell.querySelector("[name^=maximum]").value);
      if (maximum === null) return;
      const { people, own, bought, rate } = cell.dataset;
      const all = maximum * people + Number(own);
      if ("counts" in heads[index].dataset) {
        promised += Math.max(all - bought, 0);
        likely += Math.max(all * (rate ?? 1) - bought, 0);
      }
      each[index].bottles += maximum * row.dataset.units;
      each[index].money += maximum * price(cell.querySelector("[name^=price]").value, row, digits);
    });
    bottles += promised * row.dataset.units;
    const there = Number(row.dataset.there);
    row.querySelector("[data-promised]").textContent = whole(promised);
    const guess = row.querySelector("[data-likely]");
    if (guess) guess.textContent = whole(likely);
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
