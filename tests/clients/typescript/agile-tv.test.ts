// agile-tv.test.ts
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test, type TestContext } from "node:test";
import createClient from "openapi-fetch";
import type { components, paths } from "./contracts/agile-tv-v3.js";
import { data, Session } from "./double.js";
import { login } from "./login.js";

const account = "/v3/orgs/{org_id}/tv/agile/subscriptions/{service_id}";
const body: components["schemas"]["CreateSubscription"] = {
  postalCode: "48001",
  products: [{ id: "AGILE_TV_FAMILIA" }],
  stbs: [{ serialNumber: "ATV4K2403009001" }],
};

/** What each request says; with the correlation id of another it would be its repetition. */
const params = () => ({
  path: { org_id: "masmovil", service_id: "ACC_2001" },
  header: { "Request-Correlation-Id": randomUUID() },
});

/** Somebody who has logged in, in a session of the test's own. */
async function shop(t: TestContext, ...scenarios: string[]) {
  const session = await Session.of(t, ...scenarios);
  const { baseUrl } = session;
  const tv = createClient<paths>({ baseUrl, headers: await login(baseUrl) });
  const signUp = () => tv.POST(account, { params: params(), body });
  const read = () => tv.GET(account, { params: params() });
  const state = async () => data(await read()).accountState;
  return { session, tv, signUp, read, state };
}

test("a sign-up is pending until its workflow has ended", async (t) => {
  const { session, signUp, state } = await shop(t, "sign-up-slow");
  data(await signUp());
  const before = await state();
  const twice = await signUp();

  await session.advance({ until: "idle" });

  assert.deepEqual([before, await state()], ["PENDING", "ACTIVE"]);
  assert.deepEqual([twice.response.status, twice.error?.title], [400, "Subscription already exists"]);
});

test("a subscription is changed, suspended, taken up again and ended", async (t) => {
  const { tv, signUp, read, state } = await shop(t);

  assert.ok(data(await signUp()).workflowId);
  data(
    await tv.PATCH(`${account}/products`, {
      params: params(),
      body: { productsToAdd: [{ id: "AGILE_TV_DEPORTE" }] },
    }),
  );
  data(
    await tv.PATCH(`${account}/stbs`, {
      params: params(),
      body: {
        postalCode: "48001",
        stbsToAdd: [{ serialNumber: "ATV4K2403009002" }],
        stbsToDelete: [{ serialNumber: "ATV4K2403009001" }],
      },
    }),
  );
  const { products, stbs } = data(await read());
  const states = [await state()];
  data(await tv.POST(`${account}/suspend`, { params: params() }));
  states.push(await state());
  data(await tv.POST(`${account}/reactivate`, { params: params() }));
  states.push(await state());
  data(await tv.DELETE(account, { params: params() }));
  const gone = await read();

  assert.deepEqual(products?.map(({ id }) => id), ["AGILE_TV_FAMILIA", "AGILE_TV_DEPORTE"]);
  assert.deepEqual(stbs?.map(({ serialNumber }) => serialNumber), ["ATV4K2403009002"]);
  assert.deepEqual(states, ["ACTIVE", "SUSPENDED", "ACTIVE"]);
  assert.deepEqual([gone.response.status, gone.error?.code], [404, "RESOURCE_NOT_FOUND"]);
});

test("a sign-up that fails leaves nothing", async (t) => {
  const { session, signUp, read } = await shop(t, "sign-up-fails");
  data(await signUp());

  await session.advance({ until: "idle" });

  assert.equal((await read()).response.status, 404);
});

test("without a token nothing is told", async (t) => {
  const { baseUrl } = await Session.of(t);

  const { error, response } = await createClient<paths>({ baseUrl }).GET(account, {
    params: params(),
  });

  assert.equal(response.status, 401);
  assert.equal(error?.code, "UNAUTHORIZED_REQUEST");
});
