import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { commands } from "../src/commands/program.js";

const program = new Command("papergraph");
commands(program, () => undefined);

function leaves(command: Command, path: string): [path: string, command: Command][] {
  if (!command.commands.length) return [[path, command]];
  return command.commands.flatMap((inner) => leaves(inner, `${path} ${inner.name()}`));
}

describe("docs/commands.md", async () => {
  const text = await readFile("docs/commands.md", "utf8");
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split("\n", 1)[0] ?? "", section]),
  );

  it("has a section for each command, and for nothing else", () => {
    expect([...sections.keys()].sort()).toEqual(
      leaves(program, "papergraph")
        .map(([path]) => path)
        .sort(),
    );
  });

  it.each(leaves(program, "papergraph"))("tells every option of %s", (path, command) => {
    const section = sections.get(path) ?? "";
    const missing = command.options.map(({ long }) => long ?? "").filter((flag) => !section.includes(flag));
    expect(missing).toEqual([]);
    expect(command.description()).not.toBe("");
  });
});
