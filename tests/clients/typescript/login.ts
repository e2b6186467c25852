// login.ts
import { generateKeyPairSync, sign } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths } from "./contracts/authn-v1.js";
import { data } from "./double.js";

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const base64url = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");

/** What a service account signs to prove who it is. */
export function assertion(): string {
  const iat = Math.floor(Date.now() / 1000);
  const aud = "https://authn.sta.masstack.com/v1/oauth/token";
  const claims = { iss: "shop@brand.example", aud, iat, exp: iat + 3600 };
  const said = `${base64url({ alg: "RS256", typ: "JWT", kid: "my-key" })}.${base64url(claims)}`;
  return `${said}.${sign("RSA-SHA256", Buffer.from(said), key).toString("base64url")}`;
}

/** The answer of the token endpoint. */
export function grant(baseUrl: string, grant_type: string) {
  return createClient<paths>({ baseUrl }).POST("/v1/oauth/token", {
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: { grant_type, assertion: assertion() },
  });
}

/** Headers of somebody who has logged in. */
export async function login(baseUrl: string): Promise<{ Authorization: string }> {
  const granted = data(await grant(baseUrl, "urn:ietf:params:oauth:grant-type:jwt-bearer"));
  return { Authorization: `${granted.token_type} ${granted.access_token}` };
}
