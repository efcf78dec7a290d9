// What danpay tells by itself, also of payers who never come back.
import type { Request, Response } from "express";
import { Webhook } from "standardwebhooks";
import { book } from "./book.js";
import type { Payment } from "./danpay.js";
import { changes, transaction } from "./database.js";
import { decide } from "./payments.js";
import { settings } from "./settings.js";

const webhook = new Webhook(settings.webhookSecret);

export function webhooks(request: Request, response: Response): void {
  let data: Payment | { object: string };
  try {
    // The signature is of the body as it came, byte for byte.
    ({ data } = webhook.verify(request.body, request.headers as Record<string, string>) as { data: typeof data });
  } catch {
    response.status(400).end();
    return;
  }
  const isNew = transaction(() => {
    const isNew = changes("insert or ignore into webhooks values (?)", request.headers["webhook-id"]) === 1;
    if (!isNew || data.object !== "payment") return false;
    book(data as Payment);
    return true;
  });
  response.status(204).end();
  // It may take a while, so danpay has its answer first. What is lost here the job does.
  if (isNew) decide(data as Payment).catch((error) => console.error("after a webhook:", error));
}
