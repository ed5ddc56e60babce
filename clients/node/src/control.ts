/** The control interface of the stub: requests, and scenarios for the requests of one test. */

import { randomUUID } from "node:crypto";

/** A request to the stub, and its result. */
export interface StubRequest {
  number: number;
  /** When it came, in RFC 3339. */
  time: string;
  /** The id in its header `Prefer`, or an empty text. */
  id: string;
  method: string;
  /** Its path, decoded and without its query. */
  path: string;
  query: Record<string, string[]>;
  headers: Record<string, string>;
  body: string;
  encoding: "utf-8" | "base64";
  /** The status of the response, 0 if none was sent. */
  status: number;
  /** Why it got an error response, or an empty text. */
  reason: string;
  /** How long the response took, in milliseconds. */
  ms: number;
  /** The fault that it asked for, or an empty text. */
  fault: string;
  /** How long the response was delayed, in milliseconds. */
  delay: number;
  /** Whether the stub dropped the connection. */
  dropped: boolean;
  /** Whether the client had left before the response was sent. */
  left: boolean;
}

/** Which requests; without a filter, all. */
export interface RequestFilter {
  /** The id that a request has in its header `Prefer`. */
  id?: string;
  /** The path, decoded and without its query; a `*` stands for any text. */
  path?: string;
  method?: string;
  /** A status, or a class such as `4xx`. */
  status?: string;
  /** The time from which requests came. */
  since?: Date;
  /** The time before which requests came. */
  until?: Date;
  /** The number of a request; those that came after it are meant. */
  after?: number;
}

/**
 * The members of a scenario file, such as `{ total: 0 }`, or an existing scenario with
 * `{ use: "COURSE-EMPTY", when: { courseSerial: "COURSE-1" } }`.
 */
export type Scenario = Record<string, unknown>;

/** A scenario that is in use until it is removed. */
export interface ScenarioUse {
  id: string;
  /** The headers with which a request gets the scenario. */
  headers: { Prefer: string };
  /** Removes the scenario. */
  remove(): Promise<void>;
}

/** Controls a stub that runs. */
export class StubControl {
  /** The URL of the API, without a slash at its end. */
  readonly url: string;

  constructor(url: string) {
    this.url = url.replace(/\/$/, "");
  }

  /**
   * Lets requests get a scenario: the name of an existing one, or the members of a scenario file.
   *
   * It applies to the requests that have the returned headers, and with `when` in the members also
   * to those with its path values.
   */
  async use(
    scenario: string | Scenario,
    { id = randomUUID() }: { id?: string } = {},
  ): Promise<ScenarioUse> {
    const path = `scenarios/${encodeURIComponent(id)}`;
    const body = typeof scenario === "string" ? { use: scenario } : scenario;
    await this.send("PUT", path, body);
    const remove = async () => void (await this.send("DELETE", path));
    return { id, headers: { Prefer: `id=${quoted(id)}` }, remove };
  }

  /** Returns the requests that the stub got, oldest first. */
  async requests(filter: RequestFilter = {}): Promise<StubRequest[]> {
    const found = (await this.send("GET", `requests${query(filter)}`)) as { requests: StubRequest[] };
    return found.requests;
  }

  /** Forgets the requests that the stub got. */
  async clear(filter: RequestFilter = {}): Promise<void> {
    await this.send("DELETE", `requests${query(filter)}`);
  }

  private async send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${new URL(this.url).origin}/-/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the stub refused ${method} /-/${path}: ${explained(text)}`);
    return text ? JSON.parse(text) : undefined;
  }
}

function query(filter: RequestFilter): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) found.set(name, value instanceof Date ? value.toISOString() : `${value}`);
  }
  return found.size ? `?${found}` : "";
}

function explained(text: string): string {
  try {
    const problem = JSON.parse(text) as {
      detail?: string;
      errors?: { place: string; message: string }[];
    };
    const mistakes = (problem.errors ?? []).map(({ place, message }) =>
      place ? `${place}: ${message}` : message,
    );
    return mistakes.join("\n  ") || problem.detail || text;
  } catch {
    return text;
  }
}

function quoted(id: string): string {
  return /^[\w.-]+$/.test(id) ? id : `"${id.replace(/["\\]/g, "\\$&")}"`;
}
