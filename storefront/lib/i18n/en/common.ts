export const common = {
  "close": "Close",
  "tryAgain": "Try again",
  "offline": "No connection. We try again by ourselves.",
  "loading": "Loading…",
};
