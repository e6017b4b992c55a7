import { registerEnumType } from "type-graphql";

export enum OrderDirection {
  ASC = "ASC",
  DESC = "DESC",
}

registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "Which end of an order comes first. What has no value comes last in both.",
  valuesConfig: {
    ASC: { description: "Smallest, earliest, A first." },
    DESC: { description: "Greatest, latest, Z first." },
  },
});
