// Runs a Lambda bundle in a process of its own, as the Node runtime does: environment first, then the module, then
// one event after the other. The clock is the rehearsal's; messages come and go over the process's channel.
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

let handler;

async function invoke({ module, exportName, event, context, now }) {
  ahead = now - RealDate.now();
  try {
    handler ??= (await import(module))[exportName];
    process.send({ ok: true, result: (await handler(event, context)) ?? null });
  } catch (error) {
    process.send({
      ok: false,
      error: { name: error?.name ?? "Error", message: error?.message ?? String(error) },
    });
  }
}

process.on("message", invoke);
process.on("disconnect", () => process.exit(0));
