import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const roles = join(import.meta.dirname, "../../../roles");

const LEAVER = "10.0.0.9";

/** Runs a part of HDFS's leaving against a made-up NameNode, ten seconds a round; what it did, in order. */
function deeds(part: string, { rounds = 0, staying = 2, open = 0 } = {}): string[] {
  const program = `
import importlib.machinery, importlib.util, json, sys
sys.path.insert(0, sys.argv[1] + "/hadoop/templates/hadoop/opt/hadoop/libexec")
loader = importlib.machinery.SourceFileLoader("leave", sys.argv[1] + "/hdfs/leave")
leave = importlib.util.module_from_spec(importlib.util.spec_from_loader("leave", loader))
loader.exec_module(leave)
clock, done = [0.0], []
stay = ["10.0.0.%d" % n for n in range(${staying})]

class Time:
    monotonic = staticmethod(lambda: clock[0])
    sleep = staticmethod(lambda _: clock.__setitem__(0, clock[0] + 10))

class NameNode:
    system = staticmethod(lambda: {"MissingBlocks": 0})
    info = staticmethod(lambda: {"DecomNodes": json.dumps({"n": {"underReplicatedBlocks": 1, "underReplicateInOpenFiles": ${open}}})})

    @staticmethod
    def datanodes():
        state = "Decommission In Progress" if clock[0] < ${rounds} * 10 else "Decommissioned"
        return {**{address: {"state": "live"} for address in stay}, "${LEAVER}": {"state": "live", "adminState": state}}

class List:
    def __init__(self, state):
        self.members = {**{address: None for address in stay}, "${LEAVER}": state}

    def read(self):
        return self.members

    def write(self, members):
        self.members = members
        done.append("the list says %s" % members.get("${LEAVER}", "nothing"))

leave.time, leave.AT_ONCE = Time, 1
leave.hdfs_command = lambda *argv: done.append(" ".join(argv))
leave.refresh = lambda: done.append("refresh")
leave.refuse_if_too_few = lambda *_: None
leave.answer = lambda *_: None
members = leave.Members({}, [{"address": address, "name": address, "daemons": ["datanode"]} for address in stay])
${part}
print(json.dumps(done))
`;
  const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
  return JSON.parse(execFileSync("python3", ["-B", "-c", program, roles], { encoding: "utf8", stdio })) as string[];
}

/** Of waiting for a leaver whose blocks lie still for so many rounds. */
const asked = (rounds: number, staying: number, open = 0): string[] =>
  deeds(`leave.wait_decommissioned(NameNode, members, ["${LEAVER}"], stay)`, { rounds, staying, open });

const reports = ["10.0.0.0:9867", "10.0.0.1:9867"].map((address) => `dfsadmin -triggerBlockReport ${address}`);

describe("a DataNode that leaves", () => {
  it("is waited for, without a word to the others, while its blocks move", () => assert.deepEqual(asked(2, 2), []));

  it("has the others report what they have when its blocks lie still, ever more patiently", () => {
    // After 30 s, 80 s, 170 s.
    assert.deepEqual(asked(4, 2), reports);
    assert.deepEqual(asked(8, 2), reports);
    assert.deepEqual(asked(16, 2), [...reports, ...reports]);
    assert.deepEqual(asked(18, 2), [...reports, ...reports, ...reports]);
  });

  it("has nobody report for a file that is still written, nor where there are many to choose from", () => {
    assert.deepEqual(asked(10, 2, 1), []);
    assert.deepEqual(asked(10, 21), []);
  });

  it("has the others report before its first block is copied, and not again when it goes on after an interruption", () => {
    const end = ["refresh", "the list says nothing", "refresh"];
    const begun = deeds(`leave.leave(NameNode, members, List(None))`);
    assert.deepEqual(begun, [...reports, "the list says DECOMMISSIONED", ...end]);
    assert.deepEqual(deeds(`leave.leave(NameNode, members, List("DECOMMISSIONED"))`), end);
  });
});

/** Seconds that a leaving NodeManager was waited for, which has containers and whose cluster has applications for so long. */
function waited(containersUntil: number, applicationsUntil: number): number {
  const program = `
import importlib.machinery, importlib.util, sys
sys.path.insert(0, sys.argv[1] + "/hadoop/templates/hadoop/opt/hadoop/libexec")
loader = importlib.machinery.SourceFileLoader("leave", sys.argv[1] + "/yarn/leave")
leave = importlib.util.module_from_spec(importlib.util.spec_from_loader("leave", loader))
loader.exec_module(leave)
clock = [0.0]

class Time:
    monotonic = staticmethod(lambda: clock[0])
    sleep = staticmethod(lambda seconds: clock.__setitem__(0, clock[0] + seconds))

def get_json(address, port, path):
    if "/apps" in path:
        return {"apps": {"app": [{}]} if clock[0] < ${applicationsUntil} else None}
    node = {"nodeHostName": "a", "state": "DECOMMISSIONING", "numContainers": int(clock[0] < ${containersUntil})}
    return {"nodes": {"node": [node]}}

leave.time, leave.hadoop_http.get_json = Time, get_json
leave.wait_idle({"address": "10.0.0.1", "web": 8088}, ["a"], 100)
print(clock[0])
`;
  const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
  return Number(execFileSync("python3", ["-B", "-c", program, roles], { encoding: "utf8", stdio }));
}

describe("a NodeManager that leaves", () => {
  it("is waited for while it has containers, and while an application may still read from it", () => {
    assert.equal(waited(7, 5), 7);
    assert.equal(waited(7, 20), 20);
  });

  it("is not waited for until the limit because of an application that the ResourceManager only remembers", () =>
    assert.equal(waited(0, 0), 0));

  it("is waited for no longer than allowed", () => assert.equal(waited(1000, 1000), 100));
});
