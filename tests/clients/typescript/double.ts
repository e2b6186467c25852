// double.ts
import type { TestContext } from "node:test";
import createClient from "openapi-fetch";
import type { components, paths } from "./contracts/admin.js";

const { MOCKSERVER_URL = "http://127.0.0.1:8080", MOCKSERVER_ADMIN_TOKEN = "" } = process.env;

const admin = createClient<paths>({
  baseUrl: MOCKSERVER_URL,
  headers: { Authorization: `Bearer ${MOCKSERVER_ADMIN_TOKEN}` },
});

/** What an answer holds; one without data fails the test with what was said instead. */
export function data<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  if (answer.data === undefined) {
    throw new Error(`${answer.response.status} ${JSON.stringify(answer.error)}`);
  }
  return answer.data;
}

/** A session of this test's own: whatever is asked below `baseUrl` is in it. */
export class Session {
  private constructor(
    readonly name: string,
    readonly baseUrl: string,
  ) {}

  /** Make one; its clock stands still, and it ends with the test. */
  static async of(test: TestContext, ...scenarios: string[]): Promise<Session> {
    const clock = { mode: "frozen", at: "2026-01-15T12:00:00Z" } as const;
    const made = data(await admin.POST("/__admin/sessions", { body: { scenarios, clock } }));
    const params = { path: { session: made.name } };
    test.after(() => admin.DELETE("/__admin/sessions/{session}", { params }));
    return new Session(made.name, made.base_url);
  }

  /** Let time pass: `{ by: "3h" }`, `{ until: "next" }`, `{ until: "idle" }`. */
  async advance(body: components["schemas"]["Advance"]): Promise<components["schemas"]["Advanced"]> {
    const params = { path: { session: this.name } };
    return data(await admin.POST("/__admin/sessions/{session}/clock/advance", { params, body }));
  }
}
