// authn.test.ts
import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "./double.js";
import { grant } from "./login.js";

test("a grant that is not supported is refused", async (t) => {
  const { baseUrl } = await Session.of(t);

  const { error, response } = await grant(baseUrl, "password");

  assert.equal(response.status, 400);
  assert.equal(error?.error, "unsupported_grant_type");
});
