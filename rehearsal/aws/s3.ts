import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AwsAccount, Bucket, Principal } from "./account";
import { AwsError, accessDenied } from "./errors";

/** One object of a bucket. */
export interface StoredObject {
  readonly key: string;
  /** Where its bytes lie on this machine. */
  readonly file: string;
  readonly bytes: number;
  readonly lastModified: Date;
  /** Key that encrypts it; undefined where S3's own keys do. */
  readonly kmsKeyArn?: string;
}

/** Which objects a caller asks for. */
export interface Listing {
  readonly prefix?: string;
  /** Objects that a page may have, where the caller says so. */
  readonly maxKeys?: number;
}

/** In the order of the keys' UTF-8 bytes, as S3 lists them. */
function byKey(a: StoredObject, b: StoredObject): number {
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}

/** The local S3: objects are files, and every call is checked against the policies of whoever makes it. */
export class LocalS3 {
  private readonly objects = new Map<string, Map<string, StoredObject>>();

  constructor(
    private readonly account: AwsAccount,
    private readonly folder: string,
    private readonly now: () => Date,
  ) {}

  bucket(name: string): Bucket {
    const bucket = this.account.buckets.get(name);
    if (bucket === undefined) throw new AwsError("NoSuchBucket", `The bucket ${name} does not exist`, 404);
    return bucket;
  }

  getBucketLocation(principal: Principal, bucketName: string): string {
    this.bucket(bucketName);
    this.account.authorize(principal, "s3:GetBucketLocation", `arn:aws:s3:::${bucketName}`);
    return this.account.region;
  }

  /** A bucket's own settings, for whoever may see them. */
  settingsOf(principal: Principal, action: string, bucketName: string): Bucket {
    const bucket = this.bucket(bucketName);
    this.account.authorize(principal, action, `arn:aws:s3:::${bucketName}`);
    return bucket;
  }

  /** Objects under a prefix, by key. */
  listObjects(principal: Principal, bucketName: string, prefix: string): StoredObject[] {
    return this.list(principal, bucketName, { prefix });
  }

  /** Objects by key; IAM is told of each parameter that the caller gave, and of no other. */
  list(principal: Principal, bucketName: string, { prefix, maxKeys }: Listing): StoredObject[] {
    this.bucket(bucketName);
    this.account.authorize(principal, "s3:ListBucket", `arn:aws:s3:::${bucketName}`, {
      ...(prefix !== undefined && { "s3:prefix": prefix }),
      ...(maxKeys !== undefined && { "s3:max-keys": maxKeys }),
    });
    return this.peek(bucketName, prefix ?? "");
  }

  /** Objects under a prefix, as nobody but the rehearsal itself may see them. */
  peek(bucketName: string, prefix: string): StoredObject[] {
    return [...(this.objects.get(bucketName)?.values() ?? [])]
      .filter((it) => it.key.startsWith(prefix))
      .sort(byKey);
  }

  /**
   * Reads an object: the right to the object, and to decrypt it through S3. Whether a key exists is told only to
   * who may list the bucket without a prefix (API reference, GetObject, "Permissions").
   */
  getObject(principal: Principal, bucketName: string, key: string): StoredObject {
    this.bucket(bucketName);
    this.account.authorize(principal, "s3:GetObject", `arn:aws:s3:::${bucketName}/${key}`);
    const object = this.objects.get(bucketName)?.get(key);
    if (object === undefined) {
      this.account.authorize(principal, "s3:ListBucket", `arn:aws:s3:::${bucketName}`);
      throw new AwsError("NoSuchKey", "The specified key does not exist.", 404);
    }
    this.useKey(principal, "kms:Decrypt", object.kmsKeyArn);
    return object;
  }

  /** Copies a file of this machine into an object, encrypted with a key. */
  putObject(principal: Principal, bucketName: string, key: string, source: string, kmsKeyArn: string): void {
    this.bucket(bucketName);
    this.store(principal, bucketName, key, kmsKeyArn, (file) => copyFileSync(source, file));
  }

  /**
   * Writes an object, encrypted as its bucket says.
   * @param onlyIfNew `If-None-Match: *`: an object of that key stays as it is
   */
  writeObject(
    principal: Principal,
    bucketName: string,
    key: string,
    body: Buffer,
    onlyIfNew: boolean,
  ): StoredObject {
    const { kmsKeyArn } = this.bucket(bucketName);
    const write = (file: string) => {
      if (onlyIfNew && this.objects.get(bucketName)?.has(key)) {
        const message = "At least one of the pre-conditions you specified did not hold";
        throw new AwsError("PreconditionFailed", message, 412);
      }
      writeFileSync(file, body);
    };
    return this.store(principal, bucketName, key, kmsKeyArn, write);
  }

  private store(
    principal: Principal,
    bucketName: string,
    key: string,
    kmsKeyArn: string | undefined,
    write: (file: string) => void,
  ): StoredObject {
    if (key.split("/").some((part) => ["", ".", ".."].includes(part))) {
      throw new AwsError("InvalidArgument", `The local S3 keeps objects as files, and ${key} names none`);
    }
    this.account.authorize(principal, "s3:PutObject", `arn:aws:s3:::${bucketName}/${key}`);
    this.useKey(principal, "kms:GenerateDataKey", kmsKeyArn);
    const file = join(this.folder, bucketName, key);
    mkdirSync(dirname(file), { recursive: true });
    write(file);
    const objects = this.objects.get(bucketName) ?? new Map<string, StoredObject>();
    this.objects.set(bucketName, objects);
    const object = { key, file, bytes: statSync(file).size, lastModified: this.now(), kmsKeyArn };
    objects.set(key, object);
    return object;
  }

  /** Deletes what is older than its bucket's lifecycle allows. Returns how many objects went. */
  expire(): number {
    let count = 0;
    for (const [name, objects] of this.objects) {
      const days = this.account.buckets.get(name)?.expirationDays;
      if (days === undefined) continue;
      const limit = this.now().getTime() - days * 24 * 60 * 60 * 1000;
      for (const object of [...objects.values()].filter((it) => it.lastModified.getTime() < limit)) {
        objects.delete(object.key);
        rmSync(object.file);
        count++;
      }
    }
    return count;
  }

  private useKey(principal: Principal, action: string, kmsKeyArn: string | undefined): void {
    if (kmsKeyArn === undefined) return;
    const key = this.account.keys.get(kmsKeyArn);
    if (key === undefined)
      throw accessDenied(`no key ${kmsKeyArn} exists in account ${this.account.accountId}`);
    if (!key.enabled) throw new AwsError("KMS.DisabledException", `${kmsKeyArn} is disabled`);
    this.account.authorize(principal, action, kmsKeyArn, {
      "kms:ViaService": `s3.${this.account.region}.amazonaws.com`,
    });
  }
}
