// tesa.test.ts
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import createClient from "openapi-fetch";
import type { paths } from "./contracts/tesamanager-v1.js";
import { data, Session } from "./double.js";
import { login } from "./login.js";

const org = "masmovil";

/** What a shop does at TESA, in a session of the test's own. */
async function shop(t: TestContext, ...scenarios: string[]) {
  const session = await Session.of(t, ...scenarios);
  const { baseUrl } = session;
  const tesa = createClient<paths>({ baseUrl, headers: await login(baseUrl) });
  const at = (referenceId: string) => ({ params: { path: { org, referenceId } } });
  const by = (externalReference: string) => ({
    params: { path: { org } },
    body: { externalReference },
  });
  const order = (externalReference: string, name = "Ana") =>
    tesa.POST("/v1/orgs/{org}/tesa/activation", {
      params: { path: { org } },
      body: {
        externalReference,
        territoryOwner: "NEBA",
        technicalCoordinators: { main: { name: "Provisioning", phone: "910000001" } },
        customer: { documentType: "NIF", documentNumber: "12345678Z", name },
        servicePoint: { gescal: "28000020300150000         001A       " },
      },
    });
  return {
    session,
    tesa,
    order,
    placed: async (externalReference: string): Promise<string> => {
      const { referenceId } = data(await order(externalReference));
      assert.ok(referenceId);
      return referenceId;
    },
    request: async (id: string) =>
      data(await tesa.GET("/v1/orgs/{org}/tesa/requests/{referenceId}", at(id))),
    issues: async (id: string) =>
      data(await tesa.GET("/v1/orgs/{org}/tesa/requests/{referenceId}/issues", at(id))),
    events: async (id: string) =>
      data(await tesa.GET("/v1/orgs/{org}/tesa/requests/{referenceId}/events", at(id))),
    resolve: (reference: string) => tesa.POST("/v1/orgs/{org}/tesa/incident/resolve", by(reference)),
    cancel: (reference: string) => tesa.POST("/v1/orgs/{org}/tesa/cancellation", by(reference)),
  };
}

test("an order goes from state to state until it is finished", async (t) => {
  const { session, placed, request } = await shop(t);
  const order = await placed("MYSIM_1");
  const seen = [(await request(order)).status];

  while ((await session.advance({ until: "next" })).fired.length > 0) {
    seen.push((await request(order)).status);
  }

  assert.deepEqual(seen, [
    "NOT_SENT",
    "VALIDATING",
    "PROCESSING",
    "INSTALLING",
    "INSTALLED",
    "FINISHED",
  ]);
});

test("a finished order tells what was ordered and when it happened", async (t) => {
  const { session, placed, request, events } = await shop(t);
  const order = await placed("MYSIM_2");
  await session.advance({ until: "idle" });

  const finished = await request(order);
  const dates = (await events(order)).map((event) => event.event_date);

  assert.equal(finished.persistence_type, "ACTIVATION");
  assert.equal(finished.customer?.documentType, "NIF");
  assert.equal(finished.created, "2026-01-15T12:00:00.000Z");
  assert.equal(dates[0], "2026-01-15T12:05:00.000Z");
  assert.deepEqual(dates, [...dates].sort());
});

test("an incidence stops an order until it is resolved", async (t) => {
  const { session, tesa, placed, request, issues, resolve } = await shop(t, "operator-incidence");
  const order = await placed("MYSIM_3");
  await session.advance({ until: "idle" });

  const query = { statuses: ["INCIDENCE_OPERATOR" as const] };
  const params = { path: { org }, query };
  const waiting = data(await tesa.GET("/v1/orgs/{org}/tesa/requests", { params }));
  const [issue] = await issues(order);
  const resolved = data(await resolve("MYSIM_3"));
  const again = await resolve("MYSIM_3");
  await session.advance({ until: "idle" });

  assert.deepEqual(waiting.reference_ids, [order]);
  assert.deepEqual([issue?.issue_code, issue?.resolved], ["I001", false]);
  assert.equal(resolved.code, "OK");
  assert.deepEqual([again.response.status, again.error?.code], [406, "NO_OPEN_ISSUE"]);
  assert.deepEqual((await issues(order)).map((each) => each.resolved), [true]);
  assert.equal((await request(order)).status, "FINISHED");
});

test("an order is cancelled when TESA says so", async (t) => {
  const { session, placed, request, cancel } = await shop(t, "cancellation-accepted");
  const order = await placed("MYSIM_4");
  await session.advance({ by: "3h" });

  const asked = data(await cancel("MYSIM_4"));
  const { status, cancelling } = await request(order);
  const again = await cancel("MYSIM_4");
  await session.advance({ until: "idle" });

  assert.equal(asked.code, "OK");
  assert.deepEqual([status, cancelling], ["PROCESSING", true]);
  assert.deepEqual([again.response.status, again.error?.code], [406, "CANCELLING"]);
  assert.equal((await request(order)).status, "CANCELED");
});

test("an unknown order is an error that says so", async (t) => {
  const { tesa } = await shop(t);
  const params = { path: { org, referenceId: "TESA-1" } };

  const answer = await tesa.GET("/v1/orgs/{org}/tesa/requests/{referenceId}", { params });

  assert.equal(answer.response.status, 404);
  assert.equal(answer.error?.code, "REQUEST_NOT_FOUND");
});

test("an order that breaks the contract is refused with the place", async (t) => {
  const { order } = await shop(t);

  const { error, response } = await order("MYSIM_5", "");

  assert.equal(response.status, 400);
  assert.equal(error?.code, "BAD_REQUEST");
  assert.match(error?.details ?? "", /\/customer\/name/);
});

test("without a token nothing is told", async (t) => {
  const { baseUrl } = await Session.of(t);
  const params = { path: { org, referenceId: "TESA-1" } };

  const answer = await createClient<paths>({ baseUrl }).GET(
    "/v1/orgs/{org}/tesa/requests/{referenceId}",
    { params },
  );

  assert.equal(answer.response.status, 401);
});
