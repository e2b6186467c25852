// contracts.mjs
import { mkdir, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const { MOCKSERVER_URL = "http://127.0.0.1:8080", MOCKSERVER_ADMIN_TOKEN = "" } = process.env;

async function write(path, name) {
  const headers = { Authorization: `Bearer ${MOCKSERVER_ADMIN_TOKEN}` };
  const reply = await fetch(`${MOCKSERVER_URL}/__admin/${path}`, { headers });
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
  // A member that has a default may be left out of a request.
  const types = await openapiTS(await reply.json(), { defaultNonNullable: false });
  await writeFile(`contracts/${name}.ts`, astToString(types));
}

await mkdir("contracts", { recursive: true });
await write("openapi.json", "admin");
for (const name of process.argv.slice(2)) {
  await write(`contracts/${name}/openapi.json`, name);
}
