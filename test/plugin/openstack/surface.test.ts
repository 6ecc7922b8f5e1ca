import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "../engine.ts";
import { pluginSurface } from "./schema.ts";
import { sdkSurface } from "./sdk.ts";
import { differences, type Surface } from "./surface.ts";

describe("the plugin for OpenStack offers what its SDK asks for", function () {
  this.timeout(120_000);
  let sdk: Surface;
  let plugin: Surface;
  before(async () => {
    const text = readFileSync(join(home, "node_modules/@pulumi/openstack/package.json"), "utf8");
    const { version } = JSON.parse(text) as { version: string };
    sdk = sdkSurface();
    plugin = await pluginSurface("openstack", version.replace(/^v/, ""));
  });

  for (const kind of ["resources", "functions"] as const) {
    it(`${kind}, all and no others`, () =>
      assert.deepEqual(Object.keys(plugin[kind]).sort(), Object.keys(sdk[kind]).sort()));

    it(`properties of ${kind}: names, shapes, and which may be left out`, () => {
      const all = Object.entries(sdk[kind]).flatMap(([token, member]) =>
        differences(token, member, plugin[kind][token]),
      );
      assert.deepEqual(all, []);
    });
  }
});
