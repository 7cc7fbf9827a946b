import type { EtaTexts } from "./eta_en";

/** Why arrival times change, how they were told and how well that was kept, in Chinese. */
export const etaZh: EtaTexts = {
  "eta.cause.plan": "首次计划",
  "eta.cause.traffic": "路况",
  "eta.cause.weather": "天气",
  "eta.cause.queue": "途中其他订单",
  "eta.cause.courier": "骑手进度",
  "eta.cause.depot": "商家备货",
  "eta.cause.address": "地址更正",
  "eta.moved": "因{cause}，原为 {time}",
  "eta.why": "最近变化",
  "eta.history": "到达时间告知记录",
  "eta.history.failed": "无法加载。",
  "eta.history.none": "尚未告知到达时间。",
  "eta.told": "告知",
  "eta.expected": "预计",
  "eta.latest": "最晚",
  "eta.because": "原因",
  "eta.arrived": "{time} 到达门口。",

  "cut_off.road closed": "道路封闭",
  "order.cut_off": "暂时无法送达：{reason}，道路恢复后自动继续。",
};
