import { expect, test } from "vitest";
import { bytesOf, type Surroundings, support } from "./push_client";

const ABLE: Surroundings = {
  isSecureContext: true,
  navigator: { serviceWorker: {} },
  PushManager: {},
  Notification: {},
};

test("a browser that can tell is asked, another one is not", () => {
  expect(support(ABLE)).toBe("yes");
  expect(support({ ...ABLE, isSecureContext: false })).toBe("no");
  expect(support({ ...ABLE, PushManager: undefined })).toBe("no");
});

test("an iPhone can once the page is on its home screen", () => {
  const inSafari = { ...ABLE, PushManager: undefined, navigator: { serviceWorker: {}, standalone: false } };
  expect(support(inSafari)).toBe("install");
  expect(support({ ...ABLE, navigator: { serviceWorker: {}, standalone: true } })).toBe("yes");
});

test("the server's key is base64url", () => {
  expect([...bytesOf("BP_-")]).toEqual([4, 255, 254]);
});
