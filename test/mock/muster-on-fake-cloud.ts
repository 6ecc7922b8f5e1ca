/** What `import … from "muster"` gives a program, on a cloud that needs nothing of this machine. */
import { FakeCloud } from "./fake-cloud.ts";

export { HadoopCluster, PoolCluster, recallMemories, SparkCluster } from "../../components/index.ts";

export const localCloud = (): Promise<FakeCloud> => Promise.resolve(new FakeCloud());
