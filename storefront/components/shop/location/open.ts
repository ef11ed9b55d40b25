// Anything on a page may ask for the location dialog; one host in the layout shows it.
export const ASK_PLACE = "askplace";

export function askPlace(): void {
  window.dispatchEvent(new Event(ASK_PLACE));
}
