// The offer while choosing: the running total and the rules follow the steppers. Nothing is sent before the button.

const form = document.querySelector("[data-offer]");

function bottlesWords(count) {
  return count === 1 ? "1 bottle" : `${count} bottles`;
}

// The main button says what it takes: the server's sentences for none, one, some and all, and for what the page showed.
function taking(words, bottles, sum, changed) {
  if (!bottles) return [words.whole ? "all" : "hold", words.whole ?? words.none];
  const usual = changed ? undefined : words.first;
  const said = bottles === words.full ? words.all : (usual ?? (bottles === 1 ? words.one : words.some));
  return ["hold", said.replace("{count}", bottles).replace("{sum}", () => sum)];
}

function ruleWords(rule, target, sum, money) {
  const current = rule === "spend_minimum" ? sum.wine : sum.bottles;
  const missing = Math.max(0, rule === "bottles_maximum" ? current - target : target - current);
  if (rule === "spend_minimum") {
    return [missing, missing ? `${money(missing)} more to reach ${money(target)}` : `${money(target)} reached`];
  }
  const noun = missing === 1 ? "bottle" : "bottles";
  if (rule === "bottles_minimum") {
    return [missing, missing ? `${missing} more ${noun} to reach ${target}` : `At least ${target} bottles: reached`];
  }
  return [missing, missing ? `${missing} ${noun} over the most of ${target}` : `At most ${target} bottles`];
}

function start() {
  const digits = Number(form.dataset.digits);
  const printer = (more) =>
    new Intl.NumberFormat(form.dataset.locale.replace("_", "-"), {
      style: "currency",
      currency: form.dataset.currency,
      ...more,
    });
  const [exact, short] = [printer(), printer({ trailingZeroDisplay: "stripIfInteger" })];
  const money = (minor, how = exact) => how.format(minor / 10 ** digits);
  const words = JSON.parse(form.dataset.words);
  const steppers = [...form.querySelectorAll("input[data-price]")];
  const wishes = [...form.querySelectorAll("input[data-wish]")];
  const first = new Map([...steppers, ...wishes].map((input) => [input, input.defaultValue]));
  const before = new Map(steppers.map((input) => [input, Number(input.value || 0)]));

  // A wine with a minimum is taken from its minimum on or not at all.
  function jumpOverMinimum(input) {
    const least = Number(input.dataset.least ?? 0);
    const value = Number(input.value || 0);
    if (value > 0 && value < least) input.value = String(value > before.get(input) ? least : 0);
    before.set(input, Number(input.value || 0));
  }

  function refresh() {
    const sum = { bottles: 0, wine: 0 };
    for (const input of steppers) {
      const quantity = Number(input.value || 0);
      sum.bottles += quantity * Number(input.dataset.units);
      sum.wine += quantity * Number(input.dataset.price);
    }
    const discount = Math.floor((sum.wine * Number(form.dataset.discount) * 100 + 500000) / 1000000);
    for (const place of document.querySelectorAll("[data-bottles]")) place.textContent = bottlesWords(sum.bottles);
    for (const place of document.querySelectorAll("[data-total]")) place.textContent = money(sum.wine - discount);
    for (const place of document.querySelectorAll("[data-rule]")) {
      const [missing, words] = ruleWords(place.dataset.rule, Number(place.dataset.target), sum, money);
      place.classList.toggle("rule-met", missing === 0);
      if (place.textContent !== words) place.textContent = words;
    }
    const changed = [...first].some(([input, value]) => input.value !== value);
    const chosen = steppers.some((input) => input.value !== first.get(input));
    const [act, label] = taking(words, sum.bottles, money(sum.wine - discount, short), chosen);
    for (const button of document.querySelectorAll("[data-take]")) {
      button.value = act;
      button.formNoValidate = act === "all";
      button.querySelector(".with-script").textContent = label;
    }
    for (const place of document.querySelectorAll("[data-live]")) place.toggleAttribute("data-changed", changed);
  }

  form.addEventListener("change", (event) => {
    if (event.target.matches("input[data-least]")) {
      jumpOverMinimum(event.target);
      event.target.closest("[data-stepper]").querySelector("[data-stepper-value]").textContent = event.target.value;
    }
    refresh();
  });
  form.addEventListener("input", refresh);
  // A browser that comes back to the page keeps what was typed.
  refresh();
}

if (form) start();
