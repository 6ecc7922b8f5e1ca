import { z } from "zod";
import { wholeNumber } from "../../config/fields.ts";
import { alertsOptions } from "./alerts.ts";

export const prometheusOptions = z.strictObject({
  scrapeSeconds: wholeNumber(1, 300).default(15).describe("Seconds from one look at a daemon to the next. Default 15."),
  retentionDays: wholeNumber(1, 3650).default(15).describe("Days for which figures are kept. Default 15."),
  retentionSize: wholeNumber(1, 65536)
    .optional()
    .describe("Most that they may take, in GiB; the oldest go first. Default: a fifth of the monitor's disk."),
  memory: wholeNumber(64, 1048576)
    .optional()
    .describe("What Prometheus may take, in MiB. Default: a sixteenth of the monitor's memory, at least 64."),
  alerts: alertsOptions.optional().describe("Who is told of alerts: its fields below. Default: nobody."),
});

export type PrometheusOptions = z.output<typeof prometheusOptions>;
