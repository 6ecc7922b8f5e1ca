import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";

/** One request to one of the cloud's services. */
export interface Ask {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** What is wanted, for people: `the quota of networks`. */
  what: string;
  /** May be sent again although an earlier one may have arrived. Default: GET and DELETE may. */
  repeatable?: boolean;
}

/** How long and how often; all that a test shortens. */
export interface Patience {
  /** Milliseconds for one try. */
  deadline: number;
  /** Tries in all. */
  tries: number;
  /** Milliseconds before the second try; doubles. */
  first: number;
  /** The longest wait that the cloud may ask for, milliseconds. */
  longest: number;
}

const PATIENCE: Patience = { deadline: 20_000, tries: 4, first: 500, longest: 30_000 };

/** The cloud's answer was a refusal, or none came. */
export class ApiError extends Error {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** What may be over in a moment. A conflict (409) is not: quotas answer so too. */
const PASSING = new Set([429, 500, 502, 503, 504]);

/**
 * Sends a request until there is an answer that counts; each try has its deadline.
 * @throws ApiError that says what was wanted, where, and the service's own reason
 */
export async function send(ask: Ask, patience: Partial<Patience> = {}): Promise<Response> {
  const { deadline, tries, first, longest } = { ...PATIENCE, ...patience };
  const repeatable = ask.repeatable ?? (ask.method === "GET" || ask.method === "DELETE");
  for (let attempt = 1; ; attempt += 1) {
    const again = repeatable && attempt < tries;
    const backoff = first * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
    let wait = backoff;
    try {
      const response = await fetch(ask.url, {
        method: ask.method,
        headers: { Accept: "application/json", ...ask.headers },
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        signal: AbortSignal.timeout(deadline),
        redirect: "error",
      });
      if (response.ok) return response;
      const asked = retryAfter(response.headers.get("Retry-After"));
      if (!again || !PASSING.has(response.status) || (asked ?? 0) > longest) throw await refusal(ask, response);
      await response.body?.cancel();
      wait = asked ?? backoff;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (!again) throw noAnswer(ask, error, deadline);
    }
    await pause(wait);
  }
}

/** Milliseconds; the header holds seconds or a date. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

const place = (url: string): string => new URL(url).host;

async function refusal(ask: Ask, response: Response): Promise<ApiError> {
  const text = (await response.text().catch(() => "")).slice(0, 4096);
  const reason = messageIn(text) ?? (response.statusText || "no reason given");
  return new ApiError(`${ask.what}: refused by ${place(ask.url)} with ${response.status}: ${reason}`, response.status);
}

function noAnswer(ask: Ask, error: unknown, deadline: number): ApiError {
  const { name, cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  const reason =
    name === "TimeoutError" ? `within ${deadline / 1000} s` : `(${cause?.code ?? cause?.message ?? message})`;
  return new ApiError(`${ask.what}: no answer from ${place(ask.url)} ${reason}`);
}

const shapes = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  // Nova, Keystone and Neutron wrap it, each in a word of its own.
  z.record(z.string(), z.object({ message: z.string() })).transform((map) => Object.values(map)[0]?.message),
]);

/** The reason that a service gives, in whichever of their ways. */
function messageIn(text: string): string | undefined {
  try {
    return shapes.parse(JSON.parse(text))?.replaceAll(/\s+/g, " ").trim();
  } catch {
    return undefined;
  }
}

/** Reads a JSON answer of a known shape. */
export async function read<Shape>(response: Response, schema: z.ZodType<Shape>, what: string): Promise<Shape> {
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    throw new ApiError(`${what}: ${place(response.url)} answered with something that is no JSON`, response.status);
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new ApiError(`${what}: ${place(response.url)} answered in an unknown form${at}`, response.status);
}
