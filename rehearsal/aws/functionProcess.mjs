// Runs a Lambda bundle in a process of its own, as the Node runtime does: environment first, then the module, then
// one event after the other. The clock is the rehearsal's; messages come and go over the process's channel. Nothing
// that the bundle asks of the network leaves this machine.
import dns from "node:dns";

const RealDate = globalThis.Date;
let ahead = 0;

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + ahead);
    else super(...args);
  }

  static now() {
    return RealDate.now() + ahead;
  }
};

// Over the channel, what the bundle writes comes before the result that it belongs to.
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, done = encoding) => {
    process.send({ output: typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8") });
    if (typeof done === "function") process.nextTick(done);
    return true;
  };
}

const realFetch = globalThis.fetch;
const google = process.env.REHEARSAL_GOOGLE_URL;
delete process.env.REHEARSAL_GOOGLE_URL;

globalThis.fetch = async (input, options) => {
  const request = new Request(input, options);
  const { protocol, hostname, pathname, search } = new URL(request.url);
  if (protocol !== "https:" || !hostname.endsWith(".googleapis.com") || google === undefined) {
    throw new TypeError(`fetch failed: the rehearsal has no ${protocol}//${hostname}`);
  }
  // What is passed on is read whole: a stream would have to be passed on half-way.
  const body = request.body === null ? undefined : await request.arrayBuffer();
  const { method, headers, signal } = request;
  return realFetch(`${google}/${hostname}${pathname}${search}`, { method, headers, body, signal });
};

// The SDK takes no fetch: a client that was not told of the local endpoint would look its host up.
dns.lookup = (hostname, options, done = options) => {
  done(Object.assign(new Error(`the rehearsal has no host ${hostname}`), { code: "ENOTFOUND", hostname }));
};

let handler;

async function invoke({ module, exportName, event, context, milliseconds, now }) {
  ahead = now - RealDate.now();
  const end = RealDate.now() + milliseconds;
  try {
    handler ??= (await import(module))[exportName];
    const getRemainingTimeInMillis = () => end - RealDate.now();
    const result = await handler(event, { ...context, getRemainingTimeInMillis });
    process.send({ ok: true, result: result ?? null });
  } catch (error) {
    process.send({
      ok: false,
      error: { name: error?.name ?? "Error", message: error?.message ?? String(error) },
    });
  }
}

process.on("message", invoke);
process.on("disconnect", () => process.exit(0));
