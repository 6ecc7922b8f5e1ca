import { z } from "zod";
import { flag, text, wholeNumber } from "../../config/fields.ts";
import type { NeededCredentials } from "../../credentials.ts";
import type { Mistake } from "../../mistake.ts";
import type { DaemonDefinition } from "../../service.ts";

const NAME = "needed: a name in muster:credentials";
const MAILBOX = "allowed: a mail address, e.g. ops@example.org";
const SERVER = "allowed: host:port, e.g. smtp.example.org:587";

const credentialsName = () => text(NAME).regex(/^[a-z][a-z0-9-]*$/, { error: NAME });
const mailbox = () => text(MAILBOX).regex(/^[\w.!#$%&'*+/=?^`~-]+@[A-Za-z0-9.-]+$/, { error: MAILBOX });

const email = z.strictObject({
  to: z
    .array(mailbox(), { error: "allowed: a list of mail addresses" })
    .min(1, { error: MAILBOX })
    .describe("Who gets them."),
  from: mailbox().describe("Who they are from."),
  server: text(SERVER)
    .regex(/^[A-Za-z0-9.-]+:\d{1,5}$/, { error: SERVER })
    .describe("The mail server, as host:port; by TLS from the beginning at port 465, else by STARTTLS."),
  credentials: credentialsName()
    .optional()
    .describe("Username and password for it: a name in `muster:credentials`. Default: it asks for none."),
  allowPlain: flag()
    .optional()
    .describe("Allows a server without TLS, which then is given no password. Default false."),
});

export const alertsOptions = z.strictObject({
  webhooks: z
    .array(credentialsName(), { error: "allowed: a list of names in muster:credentials" })
    .optional()
    .describe(
      "Where they are posted: names in `muster:credentials`, each a `url` and, if wanted, a `token`. Default: none.",
    ),
  allowHttp: flag().optional().describe("Allows webhooks without TLS. Default false."),
  email: email.optional().describe("Whom they are mailed to, and how."),
  least: z
    .enum(["warning", "critical"], { error: "allowed: warning, critical" })
    .optional()
    .describe("The least that is sent: everything, or what is critical. Default warning."),
  waitSeconds: wholeNumber(1, 3600)
    .optional()
    .describe("Seconds that the first alert of a kind waits for more of it. Default 30."),
  groupSeconds: wholeNumber(1, 86400)
    .optional()
    .describe("Seconds from one message of a kind to the next that tells more, or that it is over. Default 300."),
  repeatHours: wholeNumber(1, 720).optional().describe("Hours after which what still holds is told again. Default 12."),
});

export type AlertsOptions = z.output<typeof alertsOptions>;

/** Of its own node only, and there behind a password: who can post to it can mail whatever he likes. */
const PORT = 9093;
const PASSWORD_FILE = "/etc/prometheus/alertmanager/password";
const USER = "prometheus";
const SECRET = "prometheus.alertmanager";

/** Alertmanager, which sends what Prometheus beside it warns of. */
export const alertmanager = {
  ports: {},
  heap: () => 0,
  // Measured: 33 MiB, and what it keeps of alerts.
  nonHeap: 48,
  secrets: [SECRET],
} satisfies Partial<DaemonDefinition>;

/** How Prometheus reaches it, in the words of its configuration. */
export const ACCESS = {
  target: `127.0.0.1:${PORT}`,
  basicAuth: { username: USER, password_file: PASSWORD_FILE },
} as const;

/** What its role is told: everything but secrets. */
export function alertsSettings(options: AlertsOptions): Record<string, unknown> {
  const { webhooks = [], email: mail, least = "warning" } = options;
  const { waitSeconds = 30, groupSeconds = 300, repeatHours = 12 } = options;
  return {
    port: PORT,
    user: USER,
    webhooks,
    ...(mail === undefined ? {} : { email: { ...mail, requireTls: mail.allowPlain !== true } }),
    least,
    waitSeconds,
    groupSeconds,
    repeatHours,
  };
}

/** The secrets that it needs of its user. */
export function alertsCredentials({
  webhooks = [],
  allowHttp = false,
  email: mail,
}: AlertsOptions): NeededCredentials[] {
  const needed = { daemon: "alertmanager" };
  return [
    ...webhooks.map((name, at): NeededCredentials => {
      const kind = allowHttp ? "plainWebhook" : "webhook";
      return { ...needed, name, kind, path: `services.prometheus.alerts.webhooks[${at}]` };
    }),
    ...(mail?.credentials === undefined
      ? []
      : [
          {
            ...needed,
            name: mail.credentials,
            kind: "smtp" as const,
            path: "services.prometheus.alerts.email.credentials",
          },
        ]),
  ];
}

/** What cannot work; paths relative to the cluster. */
export function alertsMistakes({ webhooks = [], email: mail }: AlertsOptions): Mistake[] {
  const mistakes: Mistake[] = [];
  const refuse = (field: string, found: string, allowed: string) =>
    mistakes.push({ path: `services.prometheus.alerts${field}`, found, allowed });
  if (webhooks.length === 0 && mail === undefined) refuse("", "nobody to tell", "needed: webhooks, email, or both");
  for (const [at, name] of webhooks.entries())
    if (webhooks.indexOf(name) < at) refuse(`.webhooks[${at}]`, JSON.stringify(name), "named twice; once is enough");
  if (mail?.allowPlain === true && mail.credentials !== undefined)
    refuse(".email.allowPlain", "true", "only without credentials: no password goes over a line that everybody reads");
  if (mail?.credentials !== undefined && webhooks.includes(mail.credentials))
    refuse(".email.credentials", JSON.stringify(mail.credentials), "a webhook's; a mail server has its own");
  return mistakes;
}
