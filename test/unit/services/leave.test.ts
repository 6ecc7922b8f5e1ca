import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const roles = join(import.meta.dirname, "../../../roles");

/** Waits for a leaver whose blocks lie still for so many rounds of ten seconds; what the staying DataNodes were asked. */
function asked(rounds: number, staying: number, open = 0): string[] {
  const program = `
import importlib.machinery, importlib.util, json, sys
sys.path.insert(0, sys.argv[1] + "/hadoop/templates/hadoop/opt/hadoop/libexec")
loader = importlib.machinery.SourceFileLoader("leave", sys.argv[1] + "/hdfs/leave")
leave = importlib.util.module_from_spec(importlib.util.spec_from_loader("leave", loader))
loader.exec_module(leave)
clock, commands = [0.0], []

class Time:
    monotonic = staticmethod(lambda: clock[0])
    sleep = staticmethod(lambda _: clock.__setitem__(0, clock[0] + 10))

class NameNode:
    datanodes = staticmethod(lambda: {"10.0.0.9": {"adminState": "Decommission In Progress" if clock[0] < ${rounds} * 10 else "Decommissioned"}})
    info = staticmethod(lambda: {"DecomNodes": json.dumps({"n": {"underReplicatedBlocks": 1, "underReplicateInOpenFiles": ${open}}})})

leave.time = Time
leave.hdfs_command = lambda *argv: commands.append(" ".join(argv))
members = leave.Members({}, [])
leave.wait_decommissioned(NameNode, members, ["10.0.0.9"], ["10.0.0.%d" % n for n in range(${staying})])
print(json.dumps(commands))
`;
  const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
  return JSON.parse(execFileSync("python3", ["-B", "-c", program, roles], { encoding: "utf8", stdio })) as string[];
}

describe("a DataNode that leaves", () => {
  it("is waited for, without a word to the others, while its blocks move", () => assert.deepEqual(asked(5, 2), []));

  it("has the others report what they have when its blocks lie still, once a minute", () => {
    const reports = ["10.0.0.0:9867", "10.0.0.1:9867"].map((address) => `dfsadmin -triggerBlockReport ${address}`);
    assert.deepEqual(asked(10, 2), reports);
    assert.deepEqual(asked(16, 2), [...reports, ...reports]);
  });

  it("has nobody report for a file that is still written, nor where there are many to choose from", () => {
    assert.deepEqual(asked(10, 2, 1), []);
    assert.deepEqual(asked(10, 21), []);
  });
});
