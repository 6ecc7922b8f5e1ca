import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { LostMachines } from "../../../cli/progress/lost-machines.ts";
import type { ObservedMachine } from "../../../components/clouds/cloud.ts";
import { machineFailure, tellMachineFailure } from "../../../contract/machine-failures.ts";
import { specFromArgs } from "../../../plan/config/read.ts";
import { planCluster } from "../../../plan/plan-cluster.ts";
import { withStateFolder } from "../../mock/state-folder.ts";

const plan = planCluster(specFromArgs("dev", {}), { project: "muster", stack: "lab", cloud: "openstack" });
const { id } = plan.ref;

const complaint = (node: string, message: string, severity: "error" | "warning" = "error"): EngineEvent => ({
  sequence: 1,
  timestamp: 0,
  diagnosticEvent: { urn: `urn:pulumi:lab::muster::type::${node}`, message, color: "never", severity },
});

const machine = (name: string, more: Partial<ObservedMachine>): ObservedMachine => ({
  ...{ name, id: "1", running: false, generation: 1, uid: "", kind: "hadoop", address: "" },
  ...more,
});

describe("machines that the engine could not make", () => {
  withStateFolder();
  const heard = async (events: EngineEvent[], machines: ObservedMachine[] | Error = []): Promise<void> => {
    const look = () => (machines instanceof Error ? Promise.reject(machines) : Promise.resolve(machines));
    const lost = new LostMachines([plan], look);
    for (const event of events) lost.hear(event);
    await lost.settled();
  };

  it("are told to the runner in the engine's words, without its noise", async () => {
    await heard([complaint("dev-worker-1", "error: Quota exceeded for instances")]);
    assert.equal(machineFailure(id, "dev-worker-1"), "Quota exceeded for instances");
    assert.equal(machineFailure(id, "dev-worker-2"), undefined);
  });

  it("are told in the cloud's words, where the machine is there and broken", async () => {
    const machines = [
      machine("dev-worker-1", { broken: true, reason: "No valid host was found" }),
      machine("dev-worker-2", { running: true }),
    ];
    const events = ["dev-worker-1", "dev-worker-2"].map((node) => complaint(node, "unexpected state 'ERROR'"));
    await heard(events, machines);
    assert.equal(machineFailure(id, "dev-worker-1"), "No valid host was found");
    assert.equal(machineFailure(id, "dev-worker-2"), "unexpected state 'ERROR'");
  });

  it("are told when it is their disk that could not be made or attached", async () => {
    await heard([complaint("dev-worker-1-data", "VolumeSizeExceedsAvailableQuota")]);
    await heard([complaint("dev-worker-2-data-attachment", "no such device")]);
    assert.equal(machineFailure(id, "dev-worker-1"), "VolumeSizeExceedsAvailableQuota");
    assert.equal(machineFailure(id, "dev-worker-2"), "no such device");
    assert.equal(machineFailure(id, "dev-worker-1-data"), undefined);
  });

  it("are told also when the cloud cannot be asked", async () => {
    await heard([complaint("dev-worker-1", "Bad gateway")], new Error("no answer"));
    assert.equal(machineFailure(id, "dev-worker-1"), "Bad gateway");
  });

  it("are not told again by who knows less, and what is no machine or no error is none", async () => {
    tellMachineFailure(id, "dev-worker-1", "no disk space");
    await heard([complaint("dev-worker-1", "command failed"), complaint("dev-master-1", "slow", "warning")]);
    await heard([complaint("dev-network", "gone")]);
    assert.equal(machineFailure(id, "dev-worker-1"), "no disk space");
    assert.equal(machineFailure(id, "dev-master-1"), undefined);
    assert.equal(machineFailure(id, "dev-network"), undefined);
  });
});
