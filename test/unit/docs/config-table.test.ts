import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configTable, jobTable, openstackTable, withTable } from "../../../tools/docs/config-table.ts";

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

describe("the table of config fields", () => {
  const rows = configTable().split("\n");

  it("explains every field of a cluster, its pools and its services, once", () => {
    const fields = rows.slice(2).map((row) => /^\| `([^`]+)` \| .+ \|.*\|$/.exec(row)?.[1]);
    assert.ok(
      fields.every((field) => field !== undefined),
      rows.join("\n"),
    );
    assert.equal(new Set(fields).size, fields.length);
    for (const field of [
      "pools.NAME.memory",
      "services.hdfs.replication",
      "users[].sshKeys",
      "verification.expectations[].on",
    ]) {
      assert.ok(fields.includes(field), field);
    }
  });

  it("names the default of every optional field", () => {
    const silent = rows.filter((row) => /^\| `(pools|users\[\]|versions)\./.test(row) && /\|\s+\|$/.test(row));
    assert.deepEqual(
      silent.map((row) => row.split("`")[1]),
      ["users[].name"],
    );
  });
});

describe("the table of OpenStack's options", () => {
  it("stands in their page as the schema says, each with its default", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/openstack.md"), "utf8");
    assert.equal(page, withTable(page, openstackTable()));
    const rows = openstackTable().split("\n").slice(2);
    const silent = rows.filter((row) => /\|\s+\|$/.test(row)).map((row) => row.split("`")[1]);
    assert.deepEqual(silent, ["rootVolume.size"]);
  });
});

describe("the table of what a job's report holds", () => {
  it("stands in the page of jobs as the schema says", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/jobs.md"), "utf8");
    assert.equal(page, withTable(page, jobTable()));
    assert.match(page, /^\| `usage\[\]\.cpuSeconds` \| Processor time of all of them\. \|$/m);
  });
});
