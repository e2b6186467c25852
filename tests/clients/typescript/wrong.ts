// What the contracts do not have is no TypeScript: an error that stays away is one of `tsc`.
import createClient from "openapi-fetch";
import type { paths as Agile } from "./contracts/agile-tv-v3.js";
import type { paths as Tesa } from "./contracts/tesamanager-v1.js";

const agile = createClient<Agile>();
const tesa = createClient<Tesa>();
const params = {
  path: { org_id: "masmovil", service_id: "ACC_1" },
  header: { "Request-Correlation-Id": "1" },
};

// @ts-expect-error: there is no such path
tesa.GET("/v1/orgs/{org}/tesa/orders", { params: { path: { org: "masmovil" } } });
// @ts-expect-error: there is no such method
tesa.DELETE("/v1/orgs/{org}/tesa/requests/{referenceId}", {});
// @ts-expect-error: the path has a second parameter
tesa.GET("/v1/orgs/{org}/tesa/requests/{referenceId}", { params: { path: { org: "masmovil" } } });
// @ts-expect-error: the type of request is one of those that are listed
tesa.GET("/v1/orgs/{org}/tesa/requests", { params: { path: { org: "masmovil" }, query: { statuses: ["DONE"] } } });
// @ts-expect-error: a change of nothing
agile.PATCH("/v3/orgs/{org_id}/tv/agile/subscriptions/{service_id}/products", { params, body: {} });
// @ts-expect-error: a product is no number
agile.PATCH("/v3/orgs/{org_id}/tv/agile/subscriptions/{service_id}/products", { params, body: { productsToAdd: [5] } });
