import { Desk, type DeskProps } from "./desk";
import { Past } from "./past";
import { useReplayed } from "./use_replay";

/** The desk, now or at a moment of the past, which all of its parts know of. */
export function DeskInTime(props: Omit<DeskProps, "past">) {
  const past = useReplayed(props.replay, props.store);
  return (
    <Past.Provider value={past}>
      <Desk {...props} past={past} />
    </Past.Provider>
  );
}
