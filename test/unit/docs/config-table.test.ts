import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configTable, withTable } from "../../../tools/docs/config-table.ts";

const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");

describe("the README's table of config fields", () => {
  it("is what the schema says: node tools/docs/config-table.ts --write", () => {
    assert.equal(readme, withTable(readme));
  });

  it("has a row with a default for short forms, nested fields and services' options alike", () => {
    const rows = configTable().split("\n");
    const of = (field: string) => rows.find((row) => row.startsWith(`| \`${field}\` |`)) ?? `no row for ${field}`;
    assert.match(of("muster:cloud"), /\| local \|$/);
    assert.match(of("pools"), /a count or .* \| \{ master: 1, worker: 2 \} \|$/);
    assert.match(of("pools.NAME.memory"), /e\.g\. "2 GiB"\. \| the size's \|$/);
    assert.match(of("services.hdfs.blockSize"), /in MiB\. \| 128 \|$/);
    assert.match(of("verification.expectations[].timeout"), /in seconds\. \| 60 \|$/);
    for (const row of rows) assert.equal(row.split(/(?<!\\)\|/).length, 5, row);
  });
});
