/** Who made the map. Always on the screen where a map is: the data's licence asks for it. */
export function Attribution({ text }: { text: string }) {
  if (!text) return null;
  return (
    <div class="attribution">
      {text.includes("OpenStreetMap") ? (
        <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">
          {text}
        </a>
      ) : (
        text
      )}
    </div>
  );
}
