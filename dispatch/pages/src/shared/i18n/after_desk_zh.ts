import type { AfterDeskTexts } from "./after_desk_en";

/** 调度台：订单评价与查询链接。 */
export const afterDeskZh: AfterDeskTexts = {
  "drawer.rating": "评价",
  "drawer.rating.stars": "{n} 星（满分 5 星）",
  "link.box": "查询链接",
  "link.box.note": "链接落入他人之手时请作废：已打开的页面会立即关闭。",
  "link.revoke": "作废",
  "link.renew": "作废并生成新链接",
  "link.sure": "顾客的页面会立即失效。",
  "link.back": "保留",
  "link.revoked": "已作废，此订单页面不再能打开。",
  "link.renewed": "已作废。新链接：",
  "link.copy": "复制",
  "link.copied": "已复制",
  "link.failed": "链接未作废。请检查网络后重试。",
  "link.forbidden": "您的角色无权作废链接，请联系调度员。",
  "link.changed": "其他人刚刚更换了此链接，请确认后再操作。",
};
