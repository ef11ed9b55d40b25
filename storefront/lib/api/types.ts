// Short names for what the API answers.
import type { components } from "@/lib/api/schema";

type Schemas = components["schemas"];

export type Account = Schemas["Account"];
export type Address = Schemas["Address"];
export type Cart = Schemas["Cart"];
export type CartLine = Schemas["CartLine"];
export type Category = Schemas["CategoryNode"];
export type CodeSent = Schemas["CodeSent"];
export type FencedStore = Schemas["FencedStore"];
export type Offer = Schemas["ShelfOffer"];
export type Order = Schemas["Order"];
export type OrderLine = Schemas["OrderLine"];
export type Payment = Schemas["Payment"];
export type PlaceOrder = Schemas["PlaceOrder"];
export type Point = Schemas["Point"];
export type Product = Schemas["Product"];
export type Quote = Schemas["Quote"];
export type QuoteOption = Schemas["Option"];
export type Proposal = Schemas["Proposal"];
export type RiderOffer = Schemas["RiderOffer"];
export type Shortage = Schemas["Shortage"];
export type Section = Schemas["Section"];
export type Serviceability = Schemas["Serviceability"];
export type ShelfChange = Schemas["ShelfChange"];
export type ShelfItem = Schemas["ShelfItem"];
export type ShelfPage = Schemas["ShelfPage"];
export type Store = Schemas["Store"];
export type Suggestion = Schemas["Suggestion"];
export type Task = Schemas["Task"];
export type Totals = Schemas["Totals"];
export type Wished = Schemas["Wished"];
export type User = Schemas["User"];
export type Facets = Schemas["Facets"];
export type ShelfStore = Schemas["ShelfStore"];
