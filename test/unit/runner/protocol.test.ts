import assert from "node:assert/strict";
import { FrameReader, type Frame } from "../../../runner/node/frames.ts";

const greeting = Buffer.from("Welcome to this host\nMUSTER-AGENT 1\n");
const message = (head: object, data = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(data.length > 0 ? { ...head, bytes: data.length } : head)}\n`), data]);

function readIn(pieces: Buffer[]): Frame[] {
  const reader = new FrameReader();
  return pieces.flatMap((piece) => reader.push(piece));
}

describe("the agent's messages", () => {
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 7) % 256));
  const stream = Buffer.concat([
    greeting,
    message({ id: 1, event: { state: "progress", text: "a\nb é" } }),
    message({ id: 2, stream: "stdout" }, noise),
    message({ id: 2, stream: "stderr" }, Buffer.from('{"id":3,"ok":true}\n')),
    message({ id: 2, ok: true, result: { text: "x".repeat(1 << 20) } }),
  ]);

  for (const size of [1 << 24, 65536, 1000, 3])
    it(`are read whole from pieces of ${size} bytes`, () => {
      const part = size === 3 ? Buffer.concat([stream.subarray(0, 4000)]) : stream;
      const pieces = Array.from({ length: Math.ceil(part.length / size) }, (_, index) =>
        part.subarray(index * size, (index + 1) * size),
      );
      const frames = readIn(pieces);
      assert.deepEqual(frames[0]?.event, { state: "progress", text: "a\nb é" });
      if (size === 3) return;
      assert.equal(frames.length, 4);
      assert.ok(frames[1]?.data.equals(noise));
      assert.equal(frames[2]?.stream, "stderr");
      assert.equal((frames[3]?.result as { text: string }).text.length, 1 << 20);
    });

  it("are none before the greeting, whatever a login script prints", () => {
    assert.deepEqual(
      readIn([Buffer.from('{"id":1,"ok":true}\n'), Buffer.from("MUSTER-"), Buffer.from("AGENT 1\n")]),
      [],
    );
  });

  it("throws on what is no message", () => {
    const reader = new FrameReader();
    reader.push(greeting);
    assert.throws(() => reader.push(Buffer.from("Segmentation fault\n")));
  });
});
