import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { age, count } from "../shared/format";
import { t } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { ClaimDialog } from "./claim_dialog";
import { ClaimDrawer } from "./claim_drawer";
import { CHOICES, type Claim, type ClaimAct, OPEN_CLAIMS } from "./claims";
import { ClaimsTable } from "./claims_table";
import { Old, type PanelProps, PanelSearch } from "./over_parts";
import { problemWords } from "./problem_words";
import { Alert } from "./signin";
import { type Claims, useClaims } from "./use_claims";

/** What customers ask for after their deliveries: to be answered, to be received, to be sent. */
export function ClaimsPanel(props: PanelProps) {
  const { zone, token, chosen } = props;
  const claims = useClaims(token, zone.zone);
  const [acting, act] = useState<{ what: ClaimAct; claim: Claim } | null>(null);
  const openClaim = (id: string) => props.onSelect({ kind: "claim", id });
  useLayoutEffect(() => props.onRows((claims.claims ?? []).map(({ id }) => ({ kind: "claim", id }))));
  return (
    <section class={`stock claims${chosen ? " with-shelf" : ""}`} aria-label={t("claims.title")} data-claims>
      <div class="stock-main">
        <Head claims={claims} onClose={() => props.onSelect(null)} />
        <Filters claims={claims} searchBox={props.searchBox} />
        <Shown {...props} claims={claims} onClaim={openClaim} />
      </div>
      {chosen && (
        <ClaimDrawer
          key={chosen}
          {...props}
          listed={claims.claims?.find(({ id }) => id === chosen)}
          stamp={claims.at_ms}
          onAct={(what, claim) => act({ what, claim })}
          onClose={() => {
            openClaim("");
            // The drawer had the focus; its row goes on with it.
            setTimeout(() => document.querySelector<HTMLElement>(`[data-claim="${chosen}"] button`)?.focus());
          }}
        />
      )}
      {acting && (
        <ClaimDialog
          act={acting.what}
          claim={acting.claim}
          zone={zone}
          token={token}
          onClose={() => act(null)}
          onDone={(message, claim) => {
            act(null);
            if (claim) claims.take(claim);
            else claims.lookAgain();
            props.onNotice(message);
          }}
        />
      )}
    </section>
  );
}

function Head({ claims, onClose }: { claims: Claims; onClose(): void }) {
  const n = count(claims.claims?.length ?? 0);
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever came by a key goes on from here by keys.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header class="stock-head">
      <h2 ref={heading} tabIndex={-1}>
        {t("claims.title")}
      </h2>
      {claims.claims && <span class="faint">{t(claims.more ? "claims.count.more" : "claims.count", { n })}</span>}
      <span class="stock-tools">
        <button
          type="button"
          class="icon-button"
          aria-label={t("drawer.close")}
          title={`${t("drawer.close")} (Esc)`}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </span>
    </header>
  );
}

function Filters({ claims, searchBox }: { claims: Claims } & Pick<PanelProps, "searchBox">) {
  const { filter, setFilter } = claims;
  return (
    <fieldset class="stock-filters" aria-label={t("claims.filter")}>
      <PanelSearch
        label={t("claims.filter.text")}
        value={filter.text}
        searchBox={searchBox}
        onChange={(text) => setFilter({ ...filter, text })}
      />
      {CHOICES.map((status) => (
        <button
          key={status}
          type="button"
          class="filter-chip"
          aria-pressed={filter.status === status}
          data-filter={status}
          onClick={() => setFilter({ ...filter, status })}
        >
          {t(`claims.filter.${status}`)}
        </button>
      ))}
    </fieldset>
  );
}

type ShownProps = PanelProps & { claims: Claims; onClaim(id: string): void };

/** The claims, or why there are none to be seen. */
function Shown(props: ShownProps) {
  const { claims } = props;
  const { trouble } = claims;
  if (!claims.claims) return trouble ? <Trouble claims={claims} /> : <Skeletons />;
  if (claims.claims.length === 0) return claims.loading ? <Skeletons /> : <None claims={claims} />;
  return (
    <>
      {trouble && <Old words={t("claims.old", { age: age(performance.now() - claims.at_ms) })} />}
      <ClaimsTable {...props} rows={claims.claims} />
    </>
  );
}

function Trouble({ claims }: { claims: Claims }) {
  const { trouble } = claims;
  if (trouble?.kind === "forbidden") return <p class="list-empty">{t("claims.forbidden")}</p>;
  const detail = trouble && trouble.kind !== "unreachable" ? problemWords(trouble) : "";
  return (
    <div class="stock-trouble">
      <Alert>{detail ? t("claims.failed", { detail }) : t("claims.failed.offline")}</Alert>
      <button type="button" class="button" onClick={claims.lookAgain}>
        {t("replay.again")}
      </button>
    </div>
  );
}

function None({ claims }: { claims: Claims }) {
  const { filter, setFilter } = claims;
  const isPlain = !filter.text.trim() && filter.status === OPEN_CLAIMS.status;
  if (isPlain) return <p class="list-empty">{t("claims.none")}</p>;
  return (
    <div class="list-empty">
      <p>{t("claims.none.filtered")}</p>
      <button type="button" class="link" onClick={() => setFilter(OPEN_CLAIMS)}>
        {t("search.clear")}
      </button>
    </div>
  );
}

function Skeletons() {
  return (
    <div aria-hidden="true">
      {[0, 1, 2, 3, 4, 5].map((i) => (
        <div key={i} class="row-skeleton">
          <span class="skeleton" />
          <span class="skeleton" />
        </div>
      ))}
    </div>
  );
}
