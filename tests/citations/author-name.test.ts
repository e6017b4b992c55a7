import { describe, expect, it } from "vitest";
import { partedName } from "../../src/papers/citations/author-name.js";

function parts(name: string): (string | undefined)[] {
  const { given, particle, family, suffix } = partedName(name);
  return [given, particle, family, suffix];
}

describe("an author's name", () => {
  it.each([
    ["Mingjie Liu", "Mingjie", undefined, "Liu", undefined],
    ["Leandro von Werra", "Leandro", "von", "Werra", undefined],
    ["Diego de las Casas", "Diego", "de las", "Casas", undefined],
    ["Shalini De Mello", "Shalini", undefined, "De Mello", undefined],
    ["Nguyen Van Minh", "Nguyen Van", undefined, "Minh", undefined],
    ["Hal Daumé III", "Hal", undefined, "Daumé", "III"],
    ["Louis Anthony Cox, Jr.", "Louis Anthony", undefined, "Cox", "Jr."],
    ["van der Berg, Jan", "Jan", "van der", "Berg", undefined],
    ["Berg, Jr., Jan", "Jan", undefined, "Berg", "Jr."],
    ["García Márquez, Gabriel", "Gabriel", undefined, "García Márquez", undefined],
    ["bell  hooks", "bell", undefined, "hooks", undefined],
    ["Kenneth M. Merz,", "Kenneth M.", undefined, "Merz", undefined],
  ])("is parted: %s", (name, ...expected) => {
    expect(parts(name)).toEqual(expected);
  });

  it.each([
    ...[
      "DeepSeek-AI",
      "李明",
      "김 철수",
      "The ATLAS Collaboration",
      "Gemma Team",
      "Tongyi SpeechTeam",
      "Team GLM",
    ],
    ...[
      "L. Whitcomb and R. Eustice",
      "Martín Abadi, David G. Andersen",
      "A; B; C",
      "One, Two, Three, Four",
      ":",
    ],
  ])("stays whole: %s", (name) => {
    expect(parts(name)).toEqual([undefined, undefined, name, undefined]);
  });
});
