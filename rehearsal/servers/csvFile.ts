import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LETTER_N = 0x4e;
const HEX_DIGITS = Buffer.from("0123456789ABCDEF");
/** What is kept before half of it is written. */
const PIECE_BYTES = 1024 * 1024;

/** Bytes of the longest row of a CSV that comes in pieces, whose quotes are doubled within a value. */
export class RowLengths {
  public rows = 0;
  public longest = 0;
  private quoted = false;
  private length = 0;

  add(csv: Uint8Array): void {
    let start = 0;
    for (let index = 0; index < csv.length; index++) {
      if (csv[index] === QUOTE) this.quoted = !this.quoted;
      else if (csv[index] === LINE_FEED && !this.quoted) {
        this.longest = Math.max(this.longest, this.length + index + 1 - start);
        this.rows += 1;
        this.length = 0;
        start = index + 1;
      }
    }
    this.length += csv.length - start;
  }
}

/** A CSV file that is written row by row, byte by byte: no more than a piece of it is in memory. */
export class CsvWriter {
  public rows = 0;
  public longest = 0;
  private readonly stream: WriteStream;
  private buffer = Buffer.allocUnsafe(PIECE_BYTES);
  private length = 0;

  constructor(file: string) {
    this.stream = createWriteStream(file);
    // Faults are thrown where the stream is waited for.
    this.stream.on("error", () => {});
  }

  /**
   * @param values the row's fields: bytes in UTF-8, or bytes of any kind, which are written in hex
   * @param inHex of each field, whether it is such bytes
   */
  add(values: readonly (Uint8Array | null)[], inHex: readonly boolean[]): Promise<void> | undefined {
    const start = this.length;
    for (let index = 0; index < values.length; index++) {
      if (index > 0) this.buffer[this.length++] = COMMA;
      const value = values[index];
      // Room for every byte twice, in quotes, and what follows.
      this.makeRoom(2 * (value?.length ?? 0) + 8);
      if (value === null || value === undefined) this.null();
      else if (inHex[index]) this.hex(value);
      else this.text(value);
    }
    this.buffer[this.length++] = LINE_FEED;
    this.rows += 1;
    this.longest = Math.max(this.longest, this.length - start);
    return this.length < PIECE_BYTES / 2 ? undefined : this.flush();
  }

  async close(): Promise<void> {
    await this.flush();
    this.stream.end();
    await finished(this.stream);
  }

  /** Lets go of the file, whatever is in it. */
  abandon(): void {
    this.stream.destroy();
  }

  private makeRoom(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  private null(): void {
    this.buffer[this.length++] = BACKSLASH;
    this.buffer[this.length++] = LETTER_N;
  }

  private text(value: Uint8Array): void {
    const { buffer } = this;
    let end = this.length;
    buffer[end++] = QUOTE;
    for (const byte of value) {
      buffer[end++] = byte;
      if (byte === QUOTE) buffer[end++] = QUOTE;
    }
    buffer[end++] = QUOTE;
    this.length = end;
  }

  private hex(value: Uint8Array): void {
    const { buffer } = this;
    let end = this.length;
    buffer[end++] = QUOTE;
    for (const byte of value) {
      buffer[end++] = HEX_DIGITS[byte >> 4] ?? 0;
      buffer[end++] = HEX_DIGITS[byte & 15] ?? 0;
    }
    buffer[end++] = QUOTE;
    this.length = end;
  }

  private async flush(): Promise<void> {
    const piece = this.buffer.subarray(0, this.length);
    // The stream keeps the piece until it is written.
    this.buffer = Buffer.allocUnsafe(PIECE_BYTES);
    this.length = 0;
    if (this.stream.errored) throw this.stream.errored;
    if (!this.stream.write(piece)) await once(this.stream, "drain");
  }
}
