// What the shop is told by its environment. Keys and secrets stand nowhere else.

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set. README.md says where it comes from.`);
  process.exit(1);
}

const port = Number(process.env.PORT ?? 3000);

export const settings = {
  port,
  shopUrl: process.env.SHOP_URL ?? `http://127.0.0.1:${port}`,
  danpayUrl: process.env.DANPAY_URL ?? "http://127.0.0.1:7701",
  apiKey: required("DANPAY_API_KEY"),
  webhookSecret: required("DANPAY_WEBHOOK_SECRET"),
  database: process.env.SHOP_DATABASE ?? "shop.db",
  jobSeconds: Number(process.env.JOB_SECONDS ?? 60),
};
