import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/** One resource as the program asked for it. Other resources by name, sorted. */
export interface Registration {
  type: string;
  name: string;
  /** Plain inputs; secrets are unwrapped here and named in `secrets`. */
  inputs: Record<string, unknown>;
  /** Names of inputs that are secret. */
  secrets: string[];
  secretOutputs: string[];
  parent: string;
  dependsOn: string[];
  protect: boolean;
  ignoreChanges: string[];
  deletedWith: string;
  timeouts: { create?: string; update?: string; delete?: string };
}

export interface MockOptions {
  preview?: boolean;
  /** Name of the project. Default: muster. */
  project?: string;
  /** Outputs of a resource beyond its inputs; undefined or missing ones are unknown in a preview. */
  answer?: (type: string, name: string) => Record<string, unknown>;
}

export interface MockRun {
  /** In the order in which the engine got them. */
  registrations: Registration[];
  /** What the program threw. */
  error: unknown;
  /** The stack's, as registered: secrets wrapped, unknown ones as the engine's marker. */
  outputs: Record<string, unknown>;
  /** Of one resource by name; throws when there is none. */
  of: (name: string) => Registration;
}

/** The parts of the engine's request that tests look at; the generated class has no usable types. */
interface Request {
  getType(): string;
  getName(): string;
  getObject(): { toJavaScript(): Record<string, unknown> };
  getParent(): string;
  getDependenciesList(): string[];
  getProtect(): boolean;
  getIgnorechangesList(): string[];
  getDeletedwith(): string;
  getAdditionalsecretoutputsList(): string[];
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Record<string, unknown> } | undefined;
}

type Callback = (error: unknown, response: unknown) => void;

/** Records every registration with its options. Hooks would hang under the stock monitor, hence the two empty answers. */
class RecordingMonitor extends MockMonitor {
  readonly registrations: Registration[] = [];

  /** Registered outputs by resource name. */
  readonly outputs = new Map<string, Record<string, unknown>>();

  override async registerResource(request: Request, callback: Callback): Promise<void> {
    this.registrations.push(recorded(request));
    await super.registerResource(request, callback);
  }

  override registerResourceOutputs(request: OutputsRequest, callback: Callback): void {
    this.outputs.set(nameIn(request.getUrn()), request.getOutputs()?.toJavaScript() ?? {});
    super.registerResourceOutputs(request, callback);
  }

  registerResourceHook(_request: unknown, callback: Callback): void {
    callback(null, {});
  }

  registerErrorHook(_request: unknown, callback: Callback): void {
    callback(null, {});
  }
}

/** Runs a program against a recording monitor, in the stack `dev`. */
export async function mockRun(program: () => unknown, options: MockOptions = {}): Promise<MockRun> {
  const { project = "muster" } = options;
  const monitor = new RecordingMonitor({
    call: (args) => args.inputs as Record<string, unknown>,
    newResource: ({ type, name, inputs, id }) => ({
      id: id || `${name}-id`,
      state: { ...(inputs as Record<string, unknown>), ...options.answer?.(type, name) },
    }),
  });
  // Sets the features that the mock monitor claims to have; the monitor itself is replaced by the recording one.
  await pulumi.runtime.setMocks(monitor.mocks, project, "dev", options.preview, "organization");
  pulumi.runtime.setMockOptions(monitor, project, "dev", options.preview, "organization");
  let error: unknown;
  try {
    await pulumi.runtime.runInPulumiStack(() => Promise.resolve(program()));
  } catch (thrown) {
    error = thrown;
  }
  await pulumi.runtime.disconnect();
  const { registrations, outputs } = monitor;
  const of = (name: string): Registration => {
    const found = registrations.find((registration) => registration.name === name);
    if (!found) throw new Error(`nothing was registered as ${name}: ${registrations.map((r) => r.name).join(", ")}`);
    return found;
  };
  return { registrations, error, outputs: outputs.get(`${project}-dev`) ?? {}, of };
}

function timeoutsOf(request: Request): Registration["timeouts"] {
  const given = request.getCustomtimeouts();
  if (given === undefined) return {};
  return { create: given.getCreate(), update: given.getUpdate(), delete: given.getDelete() };
}

const nameIn = (urn: string): string => urn.split("::").at(-1) ?? "";

const SIGNATURE = "4dabf18193072939515e22adb298388d";

function recorded(request: Request): Registration {
  const raw = request.getObject().toJavaScript();
  const secret = (value: unknown): value is { value: unknown } =>
    typeof value === "object" && value !== null && SIGNATURE in value && "value" in value;
  const inputs = Object.entries(raw).map(([key, value]) => [key, secret(value) ? value.value : value]);
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: Object.fromEntries(inputs) as Record<string, unknown>,
    secrets: Object.keys(raw).filter((key) => secret(raw[key])),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    parent: nameIn(request.getParent()),
    dependsOn: request.getDependenciesList().map(nameIn).sort(),
    protect: request.getProtect(),
    ignoreChanges: request.getIgnorechangesList(),
    deletedWith: nameIn(request.getDeletedwith()),
    timeouts: timeoutsOf(request),
  };
}
