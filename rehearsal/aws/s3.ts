import { copyFileSync, mkdirSync, rmSync, statSync } from "node:fs";
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
  /** Key that encrypts it. */
  readonly kmsKeyArn: string;
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

  /** Objects under a prefix, by key. */
  listObjects(principal: Principal, bucketName: string, prefix: string): StoredObject[] {
    this.bucket(bucketName);
    this.account.authorize(principal, "s3:ListBucket", `arn:aws:s3:::${bucketName}`, { "s3:prefix": prefix });
    return this.peek(bucketName, prefix);
  }

  /** Objects under a prefix, as nobody but the rehearsal itself may see them. */
  peek(bucketName: string, prefix: string): StoredObject[] {
    return [...(this.objects.get(bucketName)?.values() ?? [])]
      .filter((it) => it.key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Reads an object: the right to the object, and to decrypt it through S3. */
  getObject(principal: Principal, bucketName: string, key: string): StoredObject {
    const object = this.objects.get(bucketName)?.get(key);
    this.account.authorize(principal, "s3:GetObject", `arn:aws:s3:::${bucketName}/${key}`);
    if (object === undefined) throw new AwsError("NoSuchKey", `${key} does not exist`, 404);
    this.useKey(principal, "kms:Decrypt", object.kmsKeyArn);
    return object;
  }

  /** Writes an object, encrypted with a key. */
  putObject(principal: Principal, bucketName: string, key: string, source: string, kmsKeyArn: string): void {
    this.bucket(bucketName);
    this.account.authorize(principal, "s3:PutObject", `arn:aws:s3:::${bucketName}/${key}`);
    this.useKey(principal, "kms:GenerateDataKey", kmsKeyArn);
    const file = join(this.folder, bucketName, key);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(source, file);
    const objects = this.objects.get(bucketName) ?? new Map<string, StoredObject>();
    this.objects.set(bucketName, objects);
    objects.set(key, { key, file, bytes: statSync(file).size, lastModified: this.now(), kmsKeyArn });
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

  private useKey(principal: Principal, action: string, kmsKeyArn: string): void {
    const key = this.account.keys.get(kmsKeyArn);
    if (key === undefined)
      throw accessDenied(`no key ${kmsKeyArn} exists in account ${this.account.accountId}`);
    if (!key.enabled) throw new AwsError("KMS.DisabledException", `${kmsKeyArn} is disabled`);
    this.account.authorize(principal, action, kmsKeyArn, {
      "kms:ViaService": `s3.${this.account.region}.amazonaws.com`,
    });
  }
}
