import { t } from "../shared/i18n";
import type { ZoneState } from "../shared/store/zone";
import type { Claim, ClaimAct } from "./claims";
import { NumberCell, SelectField, TextField } from "./stock_fields";

const MAX_ANSWER = 1_000;
const MAX_NOTE = 150;

interface FieldsProps {
  act: ClaimAct;
  claim: Claim;
  zone: ZoneState;
}

/** What is asked of whoever decides. */
export function ClaimFields({ act, claim, zone }: FieldsProps) {
  switch (act) {
    case "approve":
      return (
        <>
          <p>{t("claims.note.approve")}</p>
          {claim.kind === "exchange" && <p>{t("claims.note.exchange")}</p>}
          <SelectField name="depot" label="claims.field.depot">
            {[...zone.depots.values()]
              .sort((a, b) => a.name.localeCompare(b.name))
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </SelectField>
          <TextField name="answer" most={MAX_ANSWER} label="claims.field.answer" />
        </>
      );
    case "refuse":
      return <TextField name="answer" most={MAX_ANSWER} label="claims.field.why" />;
    case "receive":
      return claim.kind === "repair" ? <Mended /> : <Came claim={claim} />;
    default:
      return <p>{t("claims.note.send")}</p>;
  }
}

function Mended() {
  return (
    <>
      <p>{t("claims.note.receive.repair")}</p>
      <TextField name="note" most={MAX_NOTE} label="claims.field.note" />
    </>
  );
}

/** Line by line what lies in stock again and what is no good any more. */
function Came({ claim }: { claim: Claim }) {
  return (
    <>
      <div class="claim-came">
        {claim.lines.map(({ line, name, quantity }) => {
          const goods = t("claim.pieces", { name: name || t("claim.whole"), n: quantity });
          return (
            <fieldset key={line} data-line={line}>
              <legend>{goods}</legend>
              {(["restocked", "written_off"] as const).map((what) => (
                <div key={what} class="field">
                  <span aria-hidden="true">{t(`claims.field.${what}`, { name })}</span>
                  <NumberCell name={`${what}-${line}`} label={t(`claims.field.${what}`, { name })} />
                </div>
              ))}
            </fieldset>
          );
        })}
      </div>
      <TextField name="lot" most={40} label="claims.field.lot" hint="claims.field.lot.hint" />
      <TextField name="note" most={MAX_NOTE} label="claims.field.note" />
    </>
  );
}
