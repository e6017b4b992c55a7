import { registerEnumType } from "type-graphql";

export enum DigestFrequency {
  DAILY = "DAILY",
  WEEKLY = "WEEKLY",
}

registerEnumType(DigestFrequency, {
  name: "DigestFrequency",
  description: "How often the digest comes.",
  valuesConfig: {
    DAILY: { description: "Each day that has papers: those put into Daily Papers on it." },
    WEEKLY: { description: "Each week, Monday to Sunday: those put into Daily Papers in it." },
  },
});
