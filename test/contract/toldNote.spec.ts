// The note of what people were told: what the gate writes is what BigQuery's check looks for.
import assert from "node:assert/strict";
import { parseSlot } from "../../contract/slot";
import { EVERY_TABLE, formatToldNote, toldNoteEntry, toldNoteStart } from "../../contract/toldNote";

const SLOT = parseSlot("2025021806");

describe("the told note", () => {
  it("names the slot and each table between commas, in their order", () => {
    assert.equal(
      formatToldNote(SLOT, ["prod_shop.users", "prod_shop.orders"]),
      "slot 2025021806: ,prod_shop.orders,prod_shop.users,",
    );
  });

  it("stands for every table, and for none", () => {
    assert.equal(formatToldNote(SLOT, "all"), `slot 2025021806: ,${EVERY_TABLE},`);
    assert.equal(formatToldNote(SLOT, []), "slot 2025021806: ,");
  });

  it("holds what is looked for, and no table whose name merely begins like it", () => {
    const note = formatToldNote(SLOT, ["prod_shop.users_archive"]) ?? "";
    assert.ok(note.startsWith(toldNoteStart(SLOT)));
    assert.ok(note.includes(toldNoteEntry("prod_shop.users_archive")));
    assert.ok(!note.includes(toldNoteEntry("prod_shop.users")));
  });

  it("is not written where BigQuery would not keep it whole", () => {
    const tables = Array.from({ length: 1000 }, (_, index) => `prod_shop.table_${index}`);
    assert.equal(formatToldNote(SLOT, tables), undefined);
  });
});
