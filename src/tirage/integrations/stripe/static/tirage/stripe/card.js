// A card form: Stripe's fields take the card, its name comes into card_setup, and then the form is sent as it is.
import { loadStripe, NO_STRIPE, say } from "./load.js";

const COLOURS = {
  colorPrimary: "--accent",
  colorBackground: "--paper",
  colorText: "--ink",
  colorTextSecondary: "--muted",
  colorDanger: "--problem",
};
const WAIT = "One moment: your bank is asked about the card.";

class CardForm {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.setup = box.querySelector("[name=card_setup]");
    this.problem = box.querySelector("[data-problem]");
    this.wait = box.querySelector("[data-wait]");
    this.busy = false;
    this.form.addEventListener("submit", (event) => this.submit(event));
    // Stripe is only asked for once the fields are to be seen: most customers have a card with us.
    new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.show(), {
      rootMargin: "300px",
    }).observe(box);
  }

  async show() {
    this.shown ??= this.mount();
    try {
      await this.shown;
    } catch {
      this.shown = undefined;
      say(this.problem, NO_STRIPE);
    }
    return this.shown;
  }

  async mount() {
    this.stripe = await loadStripe(this.box.dataset.key);
    this.elements = this.stripe.elements({
      mode: "setup",
      currency: this.box.dataset.currency,
      allowedPaymentMethodTypes: ["card"],
      appearance: appearance(this.box),
    });
    const wallets = { applePay: "never", googlePay: "never", link: "never" };
    const fields = this.elements.create("payment", { wallets });
    fields.mount(this.box.querySelector("[data-fields]"));
    say(this.problem, "");
    return true;
  }

  submit(event) {
    const isAside = event.submitter?.hasAttribute("formaction");
    if (isAside || this.setup.value || !this.box.checkVisibility()) return;
    event.preventDefault();
    // Others who listen to forms being sent would take this one for sent.
    event.stopImmediatePropagation();
    if (!this.busy) this.save(event.submitter);
  }

  async save(submitter) {
    this.busy = true;
    say(this.problem, "");
    say(this.wait, WAIT);
    try {
      this.setup.value = await this.ask();
      this.form.requestSubmit(submitter);
    } catch (refusal) {
      say(this.problem, refusal.message || NO_STRIPE);
      this.problem.scrollIntoView({ block: "center" });
    } finally {
      say(this.wait, "");
      this.busy = false;
    }
  }

  // The name of the card that Stripe keeps; throws with a sentence for the customer.
  async ask() {
    if (!(await this.show())) throw new Error(NO_STRIPE);
    const filled = await this.elements.submit();
    if (filled.error) throw filled.error;
    const { error, setupIntent } = await this.stripe.confirmSetup({
      elements: this.elements,
      clientSecret: await this.secret(),
      // Cards are confirmed in a window over the page; its address, maybe a mailed one, is nobody else's business.
      redirect: "if_required",
    });
    if (error) throw error;
    return setupIntent.id;
  }

  async secret() {
    const body = new FormData();
    body.set("proof", this.box.dataset.proof);
    let answer = {};
    try {
      answer = await (await fetch(this.box.dataset.setup, { method: "POST", body })).json();
    } catch {
      throw new Error(NO_STRIPE);
    }
    if (!answer.client_secret) throw new Error(answer.problem || NO_STRIPE);
    return answer.client_secret;
  }
}

// Stripe's frames can't see our stylesheet: tell them its colours and sizes, as plain numbers.
function appearance(box) {
  const style = getComputedStyle(box);
  const probe = box.appendChild(document.createElement("span"));
  const token = (name) => {
    probe.style.color = `var(${name})`;
    return hex(getComputedStyle(probe).color);
  };
  const variables = Object.fromEntries(
    Object.entries(COLOURS).map(([theirs, ours]) => [theirs, token(ours)]),
  );
  probe.remove();
  return {
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
    variables: {
      ...variables,
      fontFamily: style.fontFamily,
      fontSizeBase: style.fontSize,
      borderRadius: "4px",
    },
  };
}

function hex(colour) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

for (const box of document.querySelectorAll("[data-stripe-card]")) new CardForm(box);
