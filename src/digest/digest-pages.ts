import { html } from "ghtml";
import { createHash } from "node:crypto";
import type { FastifyReply } from "fastify";

const STYLE = `
:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif }
body { max-width: 32rem; margin: 15vh auto; padding: 0 1.5rem }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 1rem }
p { margin: 0 0 1.5rem }
button { font: inherit; font-weight: 600; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: #1d4ed8; color: #fff; cursor: pointer }
button:hover { background: #1e40af }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px }
`;

/** In one piece: with a space more or less the hash below would be that of another style sheet. */
const STYLE_ELEMENT = `<style>${STYLE}</style>`;

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  // Nothing from anywhere but this very style sheet, and the address with its token goes nowhere.
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-robots-tag": "noindex",
};

export interface DigestPage {
  title: string;
  text: string;
  /** What is on the button that does it; none for a page that only tells. */
  button?: string;
}

/** Sends a page; its form posts to the page's own address. */
export function sendPage(
  reply: FastifyReply,
  { title, text, button }: DigestPage,
  status = 200,
): FastifyReply {
  return reply
    .code(status)
    .headers(HEADERS)
    .send(
      html`<!doctype html>
        <html lang="en">
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width" />
            <title>${title}</title>
            !${STYLE_ELEMENT}
          </head>
          <body>
            <main>
              <h1>${title}</h1>
              <p>${text}</p>
              !${button ? html`<form method="post"><button autofocus>${button}</button></form>` : ""}
            </main>
          </body>
        </html> `,
    );
}
