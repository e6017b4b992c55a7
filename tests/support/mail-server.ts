import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer } from "smtp-server";
import { expect } from "vitest";

export interface ReceivedMail extends ParsedMail {
  /** Whom the envelope names. */
  recipient: string;
  /** Whether it came over TLS. */
  secure: boolean;
  raw: string;
}

export interface MailServer {
  url: string;
  /** What has come in whole, whether it was accepted or not. */
  mails: ReceivedMail[];
  /** What the server says to a recipient, and to a mail for one: an SMTP status, or a promise that it waits for. */
  onRecipient: (address: string) => number | Promise<number>;
  onMail: (address: string) => number | Promise<number>;
  /** @returns the latest mail to the address, as soon as there are `count`. */
  mailTo(address: string, count?: number): Promise<ReceivedMail>;
  to(address: string): ReceivedMail[];
  close(): Promise<void>;
}

const OK = 250;

/** A real SMTP server in this process. @param options.startTls speaks TLS, with a certificate of its own making. */
export async function mailServer({ startTls = false } = {}): Promise<MailServer> {
  const answer = async (
    status: number | Promise<number>,
    done: (error?: Error | null) => void,
    text: string,
  ) => {
    const code = await status;
    done(code === OK ? null : Object.assign(new Error(text), { responseCode: code }));
  };
  const server = new SMTPServer({
    disabledCommands: startTls ? ["AUTH"] : ["AUTH", "STARTTLS"],
    // Else it warns of the certificate that it has built in.
    logger: false,
    closeTimeout: 100,
    onRcptTo({ address }, _session, done) {
      // Servers like to repeat the address.
      void answer(mailbox.onRecipient(address), done, `<${address}> is not welcome`);
    },
    onData(stream, session, done) {
      const recipient = session.envelope.rcptTo[0]!.address;
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const raw = Buffer.concat(chunks);
        void simpleParser(raw).then((mail) => {
          mailbox.mails.push({ ...mail, recipient, secure: session.secure, raw: raw.toString() });
          return answer(mailbox.onMail(recipient), done, `the mail for <${recipient}> is not welcome`);
        });
      });
    },
  });
  // A client that was killed leaves a broken connection behind.
  server.on("error", () => undefined);
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const mailbox: MailServer = {
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    mails: [],
    onRecipient: () => OK,
    onMail: () => OK,
    async mailTo(address, count = 1) {
      await expect.poll(() => mailbox.to(address).length, { timeout: 10_000 }).toBe(count);
      return mailbox.to(address).at(-1)!;
    },
    to: (address) => mailbox.mails.filter(({ recipient }) => recipient === address),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
  return mailbox;
}

/** @returns the link in the mail's text that leads to the page. */
export function linkIn(mail: ReceivedMail, page: "confirm" | "unsubscribe"): URL {
  const [link] = new RegExp(`http\\S+/digest/${page}\\?token=\\S+`).exec(mail.text ?? "") ?? [];
  return new URL(link!);
}
