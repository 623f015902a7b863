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
const BUFFER_BYTES = 1024 * 1024;
/** Bytes of a file, but for the last row. */
const FILE_BYTES = 48 * 1024 * 1024;

/** A CSV file that holds whole rows. */
export interface CsvFile {
  readonly file: string;
  /** Bytes of its longest row. */
  readonly longestRow: number;
}

/**
 * CSV that comes in pieces, whose quotes are doubled within a value, as files of some size: however much it is, no more
 * than two of them are on the disk at once.
 */
export class CsvFiles {
  /** Rows so far. */
  public rows = 0;
  private stream: WriteStream | undefined;
  private written = 0;
  private files = 0;
  private quoted = false;
  private rowLength = 0;
  private longest = 0;
  private taken: Promise<void> = Promise.resolve();

  /**
   * @param path of the files, to which a number is added
   * @param take is given each file when it is whole, one after the other
   * @param fileBytes of a file, but for the last row
   */
  constructor(
    private readonly path: string,
    private readonly take: (file: CsvFile) => Promise<void>,
    private readonly fileBytes = FILE_BYTES,
  ) {}

  async add(csv: Uint8Array): Promise<void> {
    const end = this.measure(csv);
    if (this.written + csv.length < this.fileBytes || end === 0) return this.write(csv);
    await this.write(csv.subarray(0, end));
    await this.finish();
    await this.write(csv.subarray(end));
  }

  /** Until every file was taken. */
  async close(): Promise<void> {
    await this.finish();
    await this.taken;
  }

  /** Lets go of the file that is not whole, and waits for the one that is being taken. */
  async abandon(): Promise<void> {
    const { stream } = this;
    this.stream = undefined;
    // A file that is being opened would come back into a folder that is removed.
    if (stream !== undefined && !stream.closed) await Promise.allSettled([finished(stream.destroy())]);
    await this.taken.catch(() => {});
  }

  /** Counts the rows that end in a piece; says where the last one does, 0 for nowhere. */
  private measure(csv: Uint8Array): number {
    let start = 0;
    for (let index = 0; index < csv.length; index++) {
      if (csv[index] === QUOTE) this.quoted = !this.quoted;
      else if (csv[index] === LINE_FEED && !this.quoted) {
        this.longest = Math.max(this.longest, this.rowLength + index + 1 - start);
        this.rows += 1;
        this.rowLength = 0;
        start = index + 1;
      }
    }
    this.rowLength += csv.length - start;
    return start;
  }

  private async write(csv: Uint8Array): Promise<void> {
    if (csv.length === 0) return;
    if (this.stream === undefined) {
      this.stream = createWriteStream(`${this.path}.${this.files++}`);
      // Faults are thrown where the stream is waited for.
      this.stream.on("error", () => {});
    }
    this.written += csv.length;
    if (this.stream.errored) throw this.stream.errored;
    if (!this.stream.write(csv)) await once(this.stream, "drain");
  }

  private async finish(): Promise<void> {
    const { stream, longest } = this;
    if (stream === undefined) return;
    this.stream = undefined;
    this.written = 0;
    this.longest = 0;
    stream.end();
    await finished(stream);
    await this.taken;
    // While this one is taken in, the next one is written.
    this.taken = this.take({ file: String(stream.path), longestRow: longest });
    this.taken.catch(() => {});
  }
}

/** Rows of fields as CSV, byte by byte: no more than a piece of it is in memory. */
export class CsvRows {
  private buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private length = 0;

  constructor(private readonly files: CsvFiles) {}

  /**
   * @param values the row's fields: bytes in UTF-8, or bytes of any kind, which are written in hex
   * @param inHex of each field, whether it is such bytes
   */
  add(values: readonly (Uint8Array | null)[], inHex: readonly boolean[]): Promise<void> | undefined {
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
    return this.length < BUFFER_BYTES / 2 ? undefined : this.flush();
  }

  /** Hands on what is kept. */
  async flush(): Promise<void> {
    const piece = this.buffer.subarray(0, this.length);
    // The file keeps the piece until it is written.
    this.buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    this.length = 0;
    await this.files.add(piece);
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
}
