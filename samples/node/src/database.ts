// The tables, in one SQLite file. One process writes; no transaction waits for the network.
import Database from "libsql";
import { settings } from "./settings.js";

export interface Order {
  id: string;
  product: string;
  total: number;
  state: "open" | "paying" | "paid" | "needs_person";
  /** What danpay said last of the order's payment, or `none`. */
  status: string;
  pay_key: string | null;
  payment_id: string | null;
  checkout_url: string | null;
  /** The largest one of the payment that was booked, whoever told it. */
  sequence: number;
  paid: number;
  refunded: number;
  /** 1 while goods are kept for this order. */
  reserved: number;
}

export interface Refund {
  id: string;
  order_id: string;
  amount: number | null;
  /** What the desk saw: if somebody else has refunded since, nothing goes back. */
  expected_left: number | null;
  state: "pending" | "done" | "failed";
}

export interface Product {
  id: string;
  ko: string;
  en: string;
  price: number;
  approval: "automatic" | "manual";
}

export const goods: Product[] = [
  { id: "choco-pie", ko: "초코파이", en: "Choco pie", price: 2_200, approval: "automatic" },
  // Only so many are there, so the shop reserves one before it lets danpay charge.
  { id: "limited", ko: "한정판 굿즈", en: "Limited edition", price: 15_000, approval: "manual" },
];

export const db = new Database(settings.database);
db.exec(`
  pragma journal_mode = wal;
  create table if not exists orders (
    id text primary key, product text not null, total integer not null,
    state text not null default 'open', status text not null default 'none',
    pay_key text, payment_id text, checkout_url text, sequence integer not null default 0,
    paid integer not null default 0, refunded integer not null default 0, reserved integer not null default 0);
  create table if not exists refunds (
    id text primary key, order_id text not null references orders (id), amount integer,
    expected_left integer, state text not null default 'pending');
  create table if not exists webhooks (id text primary key);
  create table if not exists stock (product text primary key, left integer not null);
  insert or ignore into stock values ('limited', 2);
`);

export const changes = (sql: string, ...values: unknown[]): number => db.prepare(sql).run(...values).changes;
export const rows = <T>(sql: string, ...values: unknown[]): T[] => db.prepare(sql).all(...values) as T[];
export const row = <T>(sql: string, ...values: unknown[]): T | undefined => rows<T>(sql, ...values)[0];
export const order = (id: unknown) => row<Order>("select * from orders where id = ?", id);

/** All of it or nothing. Nothing in it waits, so no other request comes between. One inside another is part of it. */
export function transaction<T>(work: () => T): T {
  return db.inTransaction ? work() : (db.transaction(work)() as T);
}
