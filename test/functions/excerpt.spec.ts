import assert from "node:assert/strict";
import * as fc from "fast-check";
import { cut, excerpt } from "../../functions/excerpt";

// What this does not prove: that every value of every database is known. A name of a person in plain words is not.

describe("an excerpt", () => {
  const shown: [text: string, excerpt: string][] = [
    ["PERMISSIONS_DO_NOT_EXIST", "PERMISSIONS_DO_NOT_EXIST"],
    [" rows near\n 2 GB\t", "rows near 2 GB"],
    ["text of jane.doe+x@mail.example.co.jp was converted", "text of … was converted"],
    ["<jane@example.com>, (joe@example.com)", "<…>, (…)"],
    ["email=jane@example.com;", "email=…;"],
    ["could not read 'Jane Doe' of column \"name\"", 'could not read … of column "name"'],
    ["value 'O'Brien' is too long", "value … is too long"],
    ["The bucket doesn't exist, or it can't be read", "The bucket doesn't exist, or it can't be read"],
    ["Key (email, phone)=(Jane, 17) is there already", "Key (email, phone)… is there already"],
    ["call +81 (0)3-1234-5678 or 0120 444 444", "call … or …"],
    ["card 4111 1111 1111 1111", "card …"],
    ["from 10.0.12.7 at 2025-02-17", "from … at …"],
    ["error 11 of 100, 2.5 GB", "error 11 of 100, 2.5 GB"],
    [
      "no access to arn:aws:kms:ap-northeast-1:123456789012:key/1234-5678 for s3://exports-123456789012/prod-2025021806",
      "no access to arn:aws:kms:ap-northeast-1:123456789012:key/1234-5678 for s3://exports-123456789012/prod-2025021806",
    ],
    ["", ""],
  ];
  for (const [text, expected] of shown) {
    it(`shows of ${JSON.stringify(text)} ${JSON.stringify(expected)}`, () => {
      assert.equal(excerpt(text), expected);
    });
  }

  it("is a line of 300 characters at most, of whatever text, and takes no time over it", () => {
    const texts = ["x", "x ", "1", "1 ", "' ", "'a", "a@", "=(", "(", "1.2 ", "表"];
    for (const text of texts) assert.ok(excerpt(text.repeat(256 * 1024)).length <= 300, text);
    fc.assert(
      fc.property(fc.string({ maxLength: 3000 }), (text) => {
        const found = excerpt(text);
        assert.ok(found.length <= 300 && !found.includes("\n"));
      }),
    );
  });

  it("shows no part of an address, wherever the text is cut", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.boolean(), (length, spaced) => {
        const text = `${(spaced ? "x ".repeat(length) : "'y' ".repeat(length)).slice(0, length)} jane.doe@example.com`;
        assert.doesNotMatch(excerpt(text), /jan|doe|exam/);
      }),
    );
  });
});

describe("a cut text", () => {
  it("keeps to its length, and says that it is cut", () => {
    assert.deepEqual([cut("abc", 3), cut("abcd", 3), cut("", 3)], ["abc", "ab…", ""]);
  });
});
