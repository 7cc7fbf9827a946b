import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

export function Alert({ children }: { children: ComponentChildren }) {
  return (
    <p class="alert" role="alert">
      <Icon name="alert" />
      <span>{children}</span>
    </p>
  );
}
