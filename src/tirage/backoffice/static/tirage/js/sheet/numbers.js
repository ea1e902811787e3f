// Numbers in cells as people type them, and how sums are said.

export const lang = document.documentElement.lang || "en";
export const whole = (value) => value.toLocaleString(lang, { maximumFractionDigits: 0 });

// A quantity; null for an empty cell and for what is none.
export function quantity(text) {
  const plain = text.replace(/[\s\u00a0]/g, "");
  return /^\d{1,4}(?:\.0*)?$/.test(plain) ? Number(plain) : null;
}

export function price(text, row, digits) {
  const plain = text.replace(/[\s\u00a0]/g, "").replace(",", ".");
  return /^\d{1,9}(?:\.\d{1,3})?$/.test(plain) ? Number(plain) : Number(row.dataset.price) / 10 ** digits;
}

export function over(promised, there) {
  if (!promised) return "";
  return there > 0 ? `${(promised / there).toLocaleString(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 })}×` : "no stock";
}
