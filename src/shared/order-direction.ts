import { registerEnumType } from "type-graphql";

export enum OrderDirection {
  ASC = "ASC",
  DESC = "DESC",
}

registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "The direction of an order. Items without a value come last in both directions.",
  valuesConfig: {
    ASC: { description: "The smallest, earliest or alphabetically first item first." },
    DESC: { description: "The greatest, latest or alphabetically last item first." },
  },
});
