// Stripe's own script, from Stripe's own address as its rules want it, and only when a page needs it.
const ADDRESS = "https://js.stripe.com/endive/stripe.js";
let loading;

export function loadStripe(key) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = ADDRESS;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      loading = undefined;
      script.remove();
      reject(new Error("Stripe's script did not come"));
    });
    document.head.append(script);
  });
  return loading.then(() => window.Stripe(key));
}

export function say(place, words) {
  place.textContent = words;
  place.hidden = !words;
}

export const NO_STRIPE =
  "The card company's fields can't be reached. Check your connection, let this page load js.stripe.com, and try again.";
