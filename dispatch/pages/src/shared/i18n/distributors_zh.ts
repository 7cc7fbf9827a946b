import type { DistributorsTexts } from "./distributors_en";

/** 调度台与分销商页面共用。 */
export const distributorsZh: DistributorsTexts = {
  "distributors.standing.applied": "待审核",
  "distributors.standing.approved": "已通过",
  "distributors.standing.refused": "已拒绝",
  "distributors.standing.suspended": "已停用",
  "distributors.licence.business": "营业执照",
  "distributors.licence.liquor": "酒类许可证",
  "distributors.licence.food": "食品许可证",
  "distributors.for.ever": "长期有效",
  "distributors.month": "月份",
  "distributors.orders": "订单",
  "distributors.delivered": "送达",
  "distributors.on_time": "准时",
  "distributors.commission": "佣金",
};
