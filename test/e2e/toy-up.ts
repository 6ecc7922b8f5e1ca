import { withEngine } from "../../cli/engine/session.ts";

// One update of the stack `toy`, with everything that the command line does around it.
await withEngine({ stack: "toy", verbose: 0, doing: "up", wait: 60 }, (engine) =>
  engine.up({ continueOnError: true, parallel: 16, onEvent: () => undefined }),
);
