import addressparser from "nodemailer/lib/addressparser";
import validator from "validator";
import type { Config } from "./config.js";
import { OperatorError } from "../shared/errors.js";

export interface DigestSettings {
  /** Where the links in mails lead, without a slash at the end. */
  publicUrl: string;
  from: { name: string; address: string };
  /** Null keeps mails waiting until there is one. */
  smtpUrl: string | null;
}

const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

/**
 * @returns what the digest needs to know; null when it is switched off.
 * @throws OperatorError that says what to set.
 */
export function digestSettings(
  config: Pick<Config, "digest" | "smtpUrl" | "mailFrom" | "publicUrl" | "host" | "port">,
): DigestSettings | null {
  if (!config.digest) return null;
  const publicUrl = config.publicUrl ?? localUrl(config);
  return { publicUrl, from: sender(config.mailFrom, publicUrl), smtpUrl: config.smtpUrl };
}

/** A domain under `host`'s name for Message-ID and List-Id, which take no numeric addresses. */
export function mailDomain({ publicUrl }: Pick<DigestSettings, "publicUrl">): string {
  const { hostname } = new URL(publicUrl);
  return /[a-z]$/i.test(hostname) ? hostname : "localhost";
}

/** Who runs it on their own machine to try it out reaches it there; anybody else has to tell. */
function localUrl({ host, port }: Pick<Config, "host" | "port">): string {
  if (!LOOPBACK.includes(host) || port === 0) {
    throw new OperatorError(
      "PUBLIC_URL is not set, and the digest's mails need it for their links: set it to the address under which readers reach this server, such as https://papers.example.org, or set DIGEST=off.",
    );
  }
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function sender(mailFrom: string | null, publicUrl: string): DigestSettings["from"] {
  if (mailFrom === null) return { name: "Papergraph", address: `papergraph@${mailDomain({ publicUrl })}` };
  const [from, ...others] = addressparser(mailFrom, { flatten: true });
  if (
    !from ||
    others.length ||
    !validator.isEmail(from.address, { require_tld: false, blacklisted_chars: '"' })
  ) {
    throw new OperatorError(
      `MAIL_FROM is "${mailFrom}": it takes one address, such as papers@example.org or "Papers <papers@example.org>".`,
    );
  }
  return { name: from.name, address: from.address };
}
