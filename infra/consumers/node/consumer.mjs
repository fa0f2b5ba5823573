// Node.js with the official packages. Run: npm install && node consumer.mjs
import { randomBytes } from "node:crypto";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const connection = await connect({ servers: process.env.NATS_URL });
const manager = await jetstreamManager(connection);
const durable = { durable_name: "dock_node", ack_policy: "explicit", ack_wait: 5e9 };

// Version 2 has terms, and cartons; version 1 days, and packages. The ack comes after it.
async function hear(stream, filter_subject) {
  await manager.consumers.add(stream, { ...durable, filter_subject });
  const consumer = await jetstream(connection).consumers.get(stream, durable.durable_name);
  for await (const message of await consumer.consume({ max_messages: 50 })) {
    const event = message.json();
    const days = event.terms?.net_days ?? event.payment_terms_days ?? 30;
    const about = stream === "ORDERS" ? days : (event.cartons ?? event.packages ?? []).length;
    const parent = message.headers.get("traceparent"); // the step is in the event's trace
    const step = parent.slice(0, 36) + randomBytes(8).toString("hex") + parent.slice(-3);
    console.log(message.headers.get("ce-id"), event.type, about, step);
    message.ack();
  }
}

await Promise.all([hear("ORDERS", "orders.accepted.*.*"), hear("SHIPMENTS", "shipments.shipped.*.*")]);
