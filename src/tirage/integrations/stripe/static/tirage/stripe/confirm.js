// The bank's question: asked when the customer presses the button, answered in the bank's own window.
import { loadStripe, NO_STRIPE, say } from "./load.js";

const box = document.querySelector("[data-stripe-confirm]");
const button = box?.querySelector("button");
const problem = box?.querySelector("[data-problem]");

// Stripe heard the answer, or can't be asked any more: what became of it, the shop finds out.
const leads_back = (error) => !error || ["card_error", "invalid_request_error"].includes(error.type);

async function ask() {
  button.disabled = true;
  say(problem, "");
  try {
    const stripe = await loadStripe(box.dataset.key);
    const { error } = await stripe.confirmCardPayment(box.dataset.secret, { payment_method: box.dataset.card });
    if (leads_back(error)) {
      location.assign(box.dataset.back);
      return;
    }
    say(problem, error.message || NO_STRIPE);
  } catch {
    say(problem, NO_STRIPE);
  }
  button.disabled = false;
}

if (button) {
  button.hidden = false;
  button.addEventListener("click", ask);
}
