import { type OfOrders, PaperButtons } from "../shared/ui/paper_buttons";
import { useMay } from "./may";

/** The papers of orders, for whoever may print them. */
export function Papers(given: OfOrders) {
  const may = useMay();
  return may("print_papers") && given.order_ids.length > 0 ? <PaperButtons {...given} /> : null;
}
