import type { Profile } from "./protocol/messages";

function circle(x: number, y: number, r: number): string {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

const CYCLE = `${circle(5.6, 16.4, 3.6)}${circle(18.4, 16.4, 3.6)}M5.6 16.4L9 10h6.2l3.2 6.4M9 10l3.4 6.4H5.6M12.4 16.4L15.2 10l-.9-2.6h2.4M7.6 8h2.6`;

/** Vehicles as strokes in a 24 x 24 box, for the map's canvas and for the pages' icons alike. */
export const VEHICLES: Readonly<Record<Profile, string>> = {
  foot: `${circle(13, 4.2, 1.7)}M9.2 21l2-5.6M14.9 21l-.7-4.4-2.9-3 .9-5.2M7.4 12.6l1.3-3.4 3.5-1 2.2 3.2 2.6.9`,
  bike: CYCLE,
  ebike: `${CYCLE}M20.6 2.6l-2 3.2h2.6l-2 3.2`,
  motorbike: `${circle(5.4, 17, 3)}${circle(18.6, 17, 3)}M8.4 17h4.2c.4-3.4 2-5 4.6-5.6L15.4 6H13M2.6 12.4c1.6-1.4 4-1.8 5.6-1.2l1 2.4h3.6M17.2 11.4l1.4 2.6`,
  car: `M3.6 16.6v-4.2l2.2-5.2h12.4l2.2 5.2v4.2zM3.6 12.4h16.8M6 16.6v2M18 16.6v2M6.8 14.5h.4M16.8 14.5h.4`,
  van: `M4.4 17H2.6V6.6h11.2V17H9.2M13.8 10h4l3.6 3.6V17h-1.8M13.8 17h1.2${circle(6.8, 17.4, 2.1)}${circle(17.3, 17.4, 2.1)}`,
};

/** A vehicle that this page does not know yet is drawn as the most common one. */
export function vehicleShape(profile: string): string {
  return (VEHICLES as Readonly<Record<string, string>>)[profile] ?? VEHICLES.ebike;
}
