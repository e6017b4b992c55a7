import { html } from "ghtml";

/** Mail programs know no style sheets that can be relied on: each element carries its own. */
export const TEXT = "margin:0 0 16px;font:16px/1.5 system-ui,sans-serif";
export const SMALL = "margin:0;font:14px/1.5 system-ui,sans-serif;color:#595959";
export const HEADING = "margin:0 0 4px;font:600 22px/1.3 system-ui,sans-serif";
export const BUTTON =
  "display:inline-block;padding:10px 20px;border-radius:6px;background:#1d4ed8;color:#fff;text-decoration:none;font-weight:600";

/** @param body markup, as it is. */
export function mailPage(title: string, body: string): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
      </head>
      <body style="margin:0;padding:24px 16px;background:#fff;color:#111">
        <div style="max-width:640px;margin:0 auto">!${body}</div>
      </body>
    </html> `;
}
