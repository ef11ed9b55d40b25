/** An RFC 9457 problem document of the API; further members (`shortages`, `errors`, …) as the code defines them. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  request_id?: string;
  errors?: Record<string, string[]>;
  [more: string]: unknown;
};

/** A refusal of the API, or no answer at all: `code` is `offline` then. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly status: number;
  /** Seconds to wait before another try, where the API said so. */
  readonly retryAfter: number | null;

  constructor(
    readonly problem: Problem,
    retryAfter: number | null = null,
  ) {
    super(problem.detail || problem.title || problem.code);
    this.name = "ApiProblem";
    this.code = problem.code;
    this.status = problem.status;
    this.retryAfter = retryAfter;
  }

  static of(body: unknown, response: Response): ApiProblem {
    const wait = Number(response.headers.get("retry-after"));
    return new ApiProblem(asProblem(body, response), Number.isFinite(wait) && wait > 0 ? wait : null);
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  return asProblem(await response.json().catch(() => null), response);
}

function asProblem(body: unknown, response: Response): Problem {
  if (typeof body === "object" && body !== null && "code" in body) return body as Problem;
  return { type: "", title: response.statusText, status: response.status, detail: "", instance: "", code: "http_error" };
}
