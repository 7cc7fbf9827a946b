import type { PapersTexts } from "./papers_en";

/** 订单的单据与送达凭证。 */
export const papersZh: PapersTexts = {
  "papers.labels": "面单",
  "papers.delivery_notes": "送货单",
  "papers.failed": "单据未能生成，请重试。",
  "proof.kind.photo": "照片",
  "proof.kind.signature": "签名",
  "proof.kind.pin": "收货码",
  "proof.kind.barcode": "条码",
  "proof.kind.age": "年龄已核实",
  "proof.enlarge": "查看大图：{kind}",
  "proof.missing": "尚未上传",
  "proof.failed": "无法加载",
  "proof.loading": "加载中…",
};
