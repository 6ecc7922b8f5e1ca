import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { table } from "../../../cli/progress/lines.ts";
import { NodeFailure } from "../../../runner/node/failure.ts";
import { LineCutter } from "../../../runner/record/line-cutter.ts";
import { excerpt, oneLine, plainText } from "../../../runner/record/plain-text.ts";
import { RunLog } from "../../../runner/record/run-log.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

/** What must never reach a terminal from a node: C0 and C1 but for tab and newline, and what turns text around. */
const dangerous = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array).toString("utf8"));
const escapes = fc
  .array(
    fc.constantFrom("\x1b[31m", "\x1b[2J", "\x1b]0;title\x07", "\x9b1A", "\r", "\b", "\u202e", "\ud800", "a", "é", " "),
  )
  .map((parts) => parts.join(""));

describe("text from nodes", () => {
  it("holds nothing that a terminal would obey, whatever it was", () => {
    fc.assert(
      fc.property(fc.oneof(bytes, escapes, fc.string({ unit: "binary" })), (text) => {
        assert.doesNotMatch(plainText(text), dangerous);
        assert.doesNotMatch(oneLine(text), dangerous);
        assert.doesNotMatch(oneLine(text), /[\n\t]/);
        assert.ok(plainText(text).isWellFormed());
      }),
    );
  });

  it("keeps what people read, without the colours", () => {
    assert.equal(oneLine("\x1b[1;31mERROR\x1b[0m  disk\tfull\r\n é 日本"), "ERROR disk full é 日本");
    assert.equal(plainText("a\n\tb"), "a\n\tb");
  });

  it("is cut, also where one line is a mebibyte, and not in the middle of a letter", () => {
    const long = "😀".repeat(1 << 19);
    assert.ok(oneLine(long).length <= 500 && oneLine(long).isWellFormed());
    assert.equal(new NodeFailure("failed", "prepare", `\x1b[2J${"x".repeat(1 << 20)}`).message.length, 1000);
    assert.match(excerpt(`begin${"x".repeat(1 << 20)}end`), /^begin[^]*characters left out[^]*end$/);
    assert.ok(excerpt("x".repeat(1 << 20)).length < 70_000);
  });

  it("does not push a table's columns or lines around", () => {
    assert.equal(
      table([
        ["a\nb", "\x1b[31mred\x1b[0m"],
        ["c", "d"],
      ]),
      "  a b  red\n  c    d",
    );
  });
});

describe("a node's log", () => {
  withStateFolder();

  it("stays short and readable when a check says a mebibyte of bytes", () => {
    const log = new RunLog("p.s.c", "run", () => undefined);
    log.detail("n", `check\n${randomBytes(1 << 20).toString("latin1")}\x1b[2J${"y".repeat(1 << 20)}`);
    const text = readFileSync(join(log.folder, "n.log"), "utf8");
    assert.ok(text.length < 70_000, String(text.length));
    assert.doesNotMatch(text, dangerous);
  });
});

describe("lines of a stream", () => {
  it("are whole, whatever the pieces", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-zé😀]{0,20}$/u)), fc.integer({ min: 1, max: 7 }), (lines, size) => {
        const cutter = new LineCutter();
        const all = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const found = [];
        for (let at = 0; at < all.length; at += size) found.push(...cutter.push(all.subarray(at, at + size)));
        assert.deepEqual([...found, ...cutter.end()], lines);
      }),
    );
  });

  it("come in pieces where one does not end, and nothing is lost or kept", () => {
    const cutter = new LineCutter(1000);
    const found: string[] = [];
    for (let part = 0; part < 100; part += 1) found.push(...cutter.push(Buffer.alloc(999, "x")));
    assert.ok(found.every((line) => line.length === 1000));
    assert.equal([...found, ...cutter.end()].join("").length, 99_900);
  });
});
