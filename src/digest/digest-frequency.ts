import { registerEnumType } from "type-graphql";

export enum DigestFrequency {
  DAILY = "DAILY",
  WEEKLY = "WEEKLY",
}

registerEnumType(DigestFrequency, {
  name: "DigestFrequency",
  description: "How often the digest is sent.",
  valuesConfig: {
    DAILY: { description: "On each day that has papers: those put into Daily Papers on that day." },
    WEEKLY: { description: "Each week, Monday to Sunday: those put into Daily Papers in that week." },
  },
});
