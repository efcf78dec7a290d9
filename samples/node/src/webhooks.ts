// What danpay tells by itself, also of payers who never come back.
import type { Request, Response } from "express";
import { Webhook } from "standardwebhooks";
import { book } from "./book.js";
import type { Payment } from "./danpay.js";
import { changes, transaction } from "./database.js";
import { decide } from "./payments.js";
import { settings } from "./settings.js";

const webhook = new Webhook(settings.webhookSecret);

interface Event {
  sequence: number;
  data: Payment | { object: string };
}

export function webhooks(request: Request, response: Response): void {
  let event: Event;
  try {
    // The signature is of the body as it came, byte for byte.
    event = webhook.verify(request.body, request.headers as Record<string, string>) as Event;
  } catch {
    response.status(400).end();
    return;
  }
  const { data } = event;
  const isNew = transaction(() => {
    const isNew = changes("insert or ignore into webhooks values (?)", request.headers["webhook-id"]) === 1;
    if (!isNew || data.object !== "payment") return false;
    const payment = data as Payment;
    // An event that comes after a later one of its payment takes nothing back.
    const isLatest = changes(`insert into payments values (?, ?)
      on conflict (id) do update set sequence = excluded.sequence where excluded.sequence > sequence`,
      payment.id, event.sequence) === 1;
    if (isLatest) book(payment);
    return isLatest;
  });
  response.status(204).end();
  // It may take a while, so danpay has its answer first. What is lost here the job does.
  if (isNew) decide(data as Payment).catch((error) => console.error("after a webhook:", error));
}
