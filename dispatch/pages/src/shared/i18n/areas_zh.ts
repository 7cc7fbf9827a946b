import type { AreasTexts } from "./areas_en";

/** The parts of the zone, in Chinese. */
export const areasZh: AreasTexts = {
  "areas.title": "片区",
  "keys.areas": "片区",
  "areas.explained": "骑手熟悉的区域：以某片区为常驻地的骑手会优先承接那里的订单。",
  "areas.new": "绘制片区",
  "areas.redraw": "重新绘制",
  "areas.failed": "暂时无法加载片区。",
  "areas.none": "还没有片区，请在地图上绘制第一个。",
  "areas.inside": "未完成订单 {orders} 单（预计 {late} 单超时）· 骑手 {couriers} 人 · 仓店 {depots} 个",
  "areas.draw.more": "在地图上点击：至少还需 {n} 个拐点。",
  "areas.draw.enough": "可继续绘制，或双击结束。",
  "areas.draw.finish": "完成绘制",
  "areas.draw.undo": "撤回一个拐点",
  "areas.draw.cancel": "取消",
  "areas.name": "名称",
  "areas.save": "保存",
  "areas.saved": "“{name}”已保存。",
  "areas.remove": "移除",
  "areas.remove.sure": "确认移除",
  "areas.removed": "“{name}”已移除。",
  "areas.problem.ring": "边界自相交或相接，请沿一条线绕行绘制。",
  "areas.problem.in_use": "有骑手以该片区为常驻地，请先为他们更换片区。",
  "areas.problem.name": "名称过长，或含有无法显示的字符。",
};
