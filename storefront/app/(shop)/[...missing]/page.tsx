import { notFound } from "next/navigation";

/** Addresses that lead nowhere get the shop's own page with the way on. */
export default function Missing(): never {
  notFound();
}
