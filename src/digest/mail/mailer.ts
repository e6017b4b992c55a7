import { isIP } from "node:net";
import { Readable } from "node:stream";
import {
  createTransport,
  type MailMessage,
  type NodemailerError,
  type SendMailOptions,
  type SMTPPoolOptions,
} from "nodemailer";
import { OperatorError } from "../../shared/errors.js";

/** What became of a mail. The reason is for logs: it never holds an address. */
export type Outcome =
  | { state: "SENT" }
  /** The server said no: for good (REFUSED), or for now (PUT_OFF). */
  | { state: "REFUSED" | "PUT_OFF"; reason: string }
  /** Nothing left this process: the server is away, or takes no mail from us at all. */
  | { state: "NOT_REACHED"; reason: string }
  /** It was on its way and no answer came: perhaps it arrived. */
  | { state: "UNKNOWN"; reason: string }
  /** `mayLeave` said no. */
  | { state: "HELD_BACK" };

export interface Mailer {
  /**
   * @param mayLeave asked when all of the mail is sent but the mark that ends it, without which a server takes nothing:
   * what it has done then is done before anybody can have received the mail.
   * @throws what `mayLeave` throws; never for what the mail server does.
   */
  send(mail: SendMailOptions, mayLeave?: () => Promise<boolean>): Promise<Outcome>;
  /** @throws OperatorError when the server cannot be reached or does not let us in. */
  check(): Promise<void>;
  /** @param options.force also ends what is under way. */
  close(options?: { force: boolean }): void;
}

/** Milliseconds; a server that is alive is faster. */
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

/** A mail with what is to happen before its end is sent. */
interface Gated extends SendMailOptions {
  gate: () => Promise<void>;
}

/** @param url the mail server's address; nodemailer's options may stand in its query. */
export function createMailer(url: string): Mailer {
  const options: SMTPPoolOptions & { pool: true } = {
    url,
    pool: true,
    // Of a run that is cut off only the mail is in doubt that ends at that very moment: one connection, one mail. Who has
    // very many readers says ?maxConnections=5.
    maxConnections: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...TIMEOUTS,
    // Nobody stands between this process and a server on the same machine, whose certificate is mostly self-made.
    ...(isHere(new URL(url).hostname) && { tls: { rejectUnauthorized: false } }),
  };
  const transport = createTransport(options);
  transport.use("stream", gateTheEnd);
  return {
    async send(mail, mayLeave = () => Promise.resolve(true)) {
      const passage = { left: false, held: false, failed: null as { error: unknown } | null };
      const gate = async () => {
        try {
          // A mail leaves once, whatever the connections do.
          passage.held = passage.left || !(await mayLeave());
        } catch (error) {
          passage.failed = { error };
        }
        if (passage.held || passage.failed) throw new Error("held back");
        passage.left = true;
      };
      try {
        const gated: Gated = { ...mail, gate };
        await transport.sendMail(gated);
        return { state: "SENT" };
      } catch (error) {
        if (passage.failed) throw passage.failed.error;
        return passage.held ? { state: "HELD_BACK" } : outcomeOf(error as NodemailerError, passage.left);
      }
    },
    check: async () => {
      await transport.verify().catch((error: unknown) => {
        throw new OperatorError(
          `The mail server cannot be used (${reasonOf(error as NodemailerError)}): see that it runs and that SMTP_URL is right.`,
        );
      });
    },
    close: (options) => {
      transport.close(options);
    },
  };
}

/** The SMTP connection ends a message when its stream ends, and closes without ending it when the stream breaks. */
function gateTheEnd(mail: MailMessage, done: () => void): void {
  const { gate } = mail.data as Gated;
  const read = mail.message.createReadStream.bind(mail.message);
  mail.message.createReadStream = (options) =>
    Readable.from(
      (async function* () {
        yield* read(options) as AsyncIterable<Buffer>;
        await gate();
      })(),
      { objectMode: false },
    );
  done();
}

function outcomeOf(error: NodemailerError, left: boolean): Outcome {
  const reason = reasonOf(error);
  const { responseCode, command = "", code } = error;
  if (left) {
    if (!responseCode) return { state: "UNKNOWN", reason };
    return { state: error.permanent ? "REFUSED" : "PUT_OFF", reason };
  }
  // Without a reply: what nodemailer itself finds wrong with this one address, or a connection that is not there.
  if (!responseCode) return { state: code === "EENVELOPE" ? "REFUSED" : "NOT_REACHED", reason };
  if (["RCPT TO", "DATA"].includes(command))
    return { state: error.permanent ? "REFUSED" : "PUT_OFF", reason };
  return { state: command === "MAIL FROM" && !error.permanent ? "PUT_OFF" : "NOT_REACHED", reason };
}

/** The server's own words are left out: they like to repeat the address. */
function reasonOf({ responseCode, command, originalCode, code }: NodemailerError): string {
  if (responseCode) return `${responseCode}${command ? ` to ${command}` : ""}`;
  return originalCode ?? code ?? "no answer";
}

function isHere(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}
