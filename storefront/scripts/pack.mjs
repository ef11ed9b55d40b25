// `next build` leaves static files out of the standalone server; this puts them where it serves them from.
import { cpSync, existsSync } from "node:fs";

const server = ".next/standalone";
cpSync(".next/static", `${server}/.next/static`, { recursive: true });
if (existsSync("public")) cpSync("public", `${server}/public`, { recursive: true });
