// Shops with Node's fetch, as shop.py says: `node shop.mjs BASE SALE BUYER ROUNDS IDLES`.
import { setTimeout } from "node:timers/promises";

const WORKERS = 4;
const TIMEOUT = 10_000;
const SHOWN_FAILURES = 5;
const [base, sale, buyer, rounds, idleList] = process.argv.slice(2);
const idles = (idleList ?? "").split(",").filter((idle) => idle !== "").map(Number);
let requests = 0, failures = 0, slowest = 0;

async function ask(method, path, has, key, body) {
    const headers = {};
    if (key) headers["Idempotency-Key"] = key;
    if (body) headers["Content-Type"] = "application/json";
    const began = performance.now();
    let text = "", fault;
    try {
        const signal = AbortSignal.timeout(TIMEOUT);
        const answer = await fetch(base + path, { method, headers, signal, body: body && JSON.stringify(body) });
        text = await answer.text();
        if (answer.status !== 200 || (has ? !text.includes(`"${has}"`) : text !== "")) fault = `${answer.status} ${text}`;
    } catch (error) {
        fault = `${error} ${error.cause ?? ""}`;
    }
    requests += 1;
    slowest = Math.max(slowest, performance.now() - began);
    if (fault && ++failures <= SHOWN_FAILURES) console.error(`${method} ${path}: ${fault}`);
    return text;
}

async function round(number) {
    const name = `${buyer}-${number}`;
    const item = `ITM-${sale}-${number % 1000 + 1}`;
    await ask("GET", "/sales/active", "id");
    await ask("HEAD", `/sales/${sale}/items?limit=3`);
    const cart = await ask("POST", "/checkout", "code", `checkout-${name}`, { user_id: name, id: item });
    const code = cart.match(/"code":"([^"]+)"/)?.[1] ?? "none";
    if (number % 2) await ask("POST", `/purchase?code=${code}`, "order_id", `purchase-${name}`);
    else await ask("DELETE", `/checkout?code=${code}`, "released_items");
}

async function work(first, end) {
    for (let number = first; number < end; number += WORKERS) await round(number);
}

const parts = idles.length + 1;
for (let part = 0; part < parts; part++) {
    const first = Math.floor(part * rounds / parts), end = Math.floor((part + 1) * rounds / parts);
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(first + worker, end)));
    if (part < idles.length) await setTimeout(idles[part] * 1000);
}
console.log(`${requests} ${failures} ${(slowest / 1000).toFixed(3)}`);
