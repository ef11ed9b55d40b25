// One sentence for each problem code of the API: what happened and the way on. `{member}` is filled from the problem.
export const problems = {
  offline: "No connection. Check your network; nothing was changed.",
  http_error: "That did not work. Try again in a moment.",
  api_unreachable: "The shop does not answer just now. Nothing was changed; try again in a moment.",
};
