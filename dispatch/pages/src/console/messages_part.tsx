import { useCallback, useEffect, useState } from "preact/hooks";
import { t, tCode } from "../shared/i18n";
import { Icon } from "../shared/ui/icon";
import { HooksPart } from "./hooks_part";
import { useMay } from "./may";
import { MessageRows } from "./message_rows";
import {
  CHANNELS,
  type ChannelSetUp,
  fetchChannels,
  LOG_STATES,
  logState,
  type MessagePage,
  readLog,
  type SentMessage,
  sendRetry,
} from "./messages_api";
import type { PartProps } from "./settings_dialog";
import { Waiting } from "./settings_parts";

/** What was told to people and programs and what became of it; which ways there are; and where programs listen. */
export function MessagesPart(props: PartProps) {
  const may = useMay();
  return (
    <>
      {may("read_messages_sent") && <ChannelStrip token={props.token} />}
      {may("manage_webhooks") && <HooksPart {...props} />}
      {may("read_messages_sent") && <LogPart {...props} />}
    </>
  );
}

const SET_UP = { on: "on_time", record: "at_risk", off: "unknown" } as const;

function ChannelStrip({ token }: { token: string }) {
  const [found, setFound] = useState<readonly ChannelSetUp[] | null>(null);
  useEffect(() => void fetchChannels(token).then(setFound), [token]);
  if (!found) return null;
  return (
    <section aria-label={t("messages.channels")}>
      <h3>{t("messages.channels")}</h3>
      <ul class="channel-strip">
        {found.map(({ channel, how }) => (
          <li key={channel} class={`chip ${SET_UP[how]}`} data-channel={channel}>
            <Icon name={how === "on" ? "check" : how === "record" ? "save" : "minus"} />
            {tCode("messages.channel", channel)} · {t(`messages.set_up.${how}`)}
          </li>
        ))}
      </ul>
      <p class="faint">{t("messages.channels.explained")}</p>
    </section>
  );
}

type Found = MessagePage | null | false;

/** The log, what has failed first: that is what somebody can do something about. */
function LogPart({ token, zone, now_ms, onOrder }: PartProps) {
  const mayRetry = useMay()("retry_message");
  const [state, setState] = useState<string>("failed");
  const [channel, setChannel] = useState("");
  const [found, setFound] = useState<Found>(null);
  const [loading, setLoading] = useState(false);
  const fetchPage = useCallback(
    async (cursor: string): Promise<Found> => {
      const answer = await readLog(token, zone, { state, channel, cursor });
      return answer.kind === "done" && (answer.body as MessagePage);
    },
    [token, zone, state, channel],
  );
  const look = useCallback(() => {
    let wanted = true;
    setFound(null);
    void fetchPage("").then((next) => wanted && setFound(next));
    return () => {
      wanted = false;
    };
  }, [fetchPage]);
  useEffect(look, [look]);
  const more = async () => {
    if (!found || loading) return;
    setLoading(true);
    const page = await fetchPage(found.next_cursor ?? "");
    setLoading(false);
    setFound(page && { ...page, messages: [...found.messages, ...page.messages] });
  };
  const changed = (message: SentMessage) => {
    if (found)
      setFound({ ...found, messages: found.messages.map((each) => (each.id === message.id ? message : each)) });
  };
  const next = found ? found.next_cursor : "";
  const again = {
    label: t("messages.retry"),
    offered: (message: SentMessage) => logState(message) === "failed",
    send: (id: string) => sendRetry(token, id),
  };
  return (
    <section aria-label={t("messages.log")}>
      <h3>{t("messages.log")}</h3>
      <div class="log-filter">
        <label class="field">
          <span>{t("messages.filter.state")}</span>
          <select value={state} onChange={(event) => setState(event.currentTarget.value)}>
            {LOG_STATES.map((each) => (
              <option key={each} value={each}>
                {t(`messages.state.${each}`)}
              </option>
            ))}
            <option value="">{t("messages.filter.all")}</option>
          </select>
        </label>
        <label class="field">
          <span>{t("messages.filter.channel")}</span>
          <select value={channel} onChange={(event) => setChannel(event.currentTarget.value)}>
            <option value="">{t("messages.filter.all")}</option>
            {CHANNELS.filter((each) => each !== "web_push").map((each) => (
              <option key={each} value={each}>
                {tCode("messages.channel", each)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" onClick={() => void look()}>
          {t("messages.look")}
        </button>
      </div>
      <Waiting found={found} onAgain={() => void look()} />
      {found && found.messages.length === 0 && (
        <p class="faint overrides-none">{t(state === "failed" ? "messages.none.failed" : "messages.none")}</p>
      )}
      {found && found.messages.length > 0 && (
        <MessageRows
          messages={found.messages}
          now_ms={now_ms}
          again={mayRetry ? again : null}
          onOrder={onOrder}
          onChanged={changed}
        />
      )}
      {next && (
        <button type="button" class="button" disabled={loading} onClick={() => void more()}>
          {t(loading ? "override.sending" : "messages.more")}
        </button>
      )}
    </section>
  );
}
