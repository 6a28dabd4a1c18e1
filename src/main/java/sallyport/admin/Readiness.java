package sallyport.admin;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * State that tells load balancers whether the gateway takes new work; set by its start and its
 * stop.
 */
public final class Readiness {
  /**
   * Reasons why the gateway is not ready, or not completely.
   *
   * @param names whose certificates have yet to be issued
   * @param serving whether each listener has another certificate meanwhile
   * @param tokens whose keys cannot be used, by their labels
   * @param goingOn whether it is ready all the same without these
   * @param lists revocation lists that have ended and without which peers are refused, a text each
   * @param goingOnWithout whether it is ready all the same without current ones
   */
  public record Awaited(
      Set<String> names,
      boolean serving,
      Set<String> tokens,
      boolean goingOn,
      Set<String> lists,
      boolean goingOnWithout) {
    /** Nothing. */
    public static final Awaited NOTHING =
        new Awaited(Set.of(), true, Set.of(), true, Set.of(), true);
  }

  /**
   * Logs whose lines cannot be written.
   *
   * @param logs what is said of each; empty when there are none
   * @param ready whether the gateway is ready all the same
   */
  public record Unwritable(List<String> logs, boolean ready) {}

  /**
   * Backends without an endpoint in service.
   *
   * @param names of them
   * @param ready whether the gateway is ready all the same
   */
  public record BackendsDown(Set<String> names, boolean ready) {}

  private volatile String state = "starting";
  private volatile Supplier<Awaited> awaited = () -> Awaited.NOTHING;
  private volatile Supplier<Unwritable> unwritable = () -> new Unwritable(List.of(), true);
  private volatile Supplier<BackendsDown> backends = () -> new BackendsDown(Set.of(), true);

  /**
   * It serves.
   *
   * @param nothingBut what it cannot serve yet; asked each time
   * @param logs those that cannot be written; asked each time
   * @param down backends without an endpoint in service; asked each time
   */
  public void ready(
      Supplier<Awaited> nothingBut, Supplier<Unwritable> logs, Supplier<BackendsDown> down) {
    awaited = nothingBut;
    unwritable = logs;
    backends = down;
    state = "ready";
  }

  /** It finishes what it has and takes nothing new. */
  public void draining() {
    state = "draining";
  }

  /**
   * Answer to load balancers.
   *
   * @param text {@code starting}, {@code ready}, {@code awaiting-certificates}, {@code token-away},
   *     {@code crl-ended}, {@code backends-down}, {@code logs-unwritable} or {@code draining};
   *     then, a line each, the names whose certificates have yet to be issued, the tokens that are
   *     away, the revocation lists that have ended, the backends without an endpoint in service,
   *     and the logs that cannot be written
   */
  record Page(boolean ready, String text) {
    /** Returns the state, without the lines below it. */
    String word() {
      return text.substring(0, text.indexOf('\n'));
    }
  }

  /** How it stands now. */
  Page page() {
    Awaited missing = awaited.get();
    Unwritable logs = unwritable.get();
    BackendsDown down = backends.get();
    String now = state;
    if (now.equals("ready")) {
      if (!missing.serving()) {
        now = "awaiting-certificates";
      } else if (!missing.tokens().isEmpty() && !missing.goingOn()) {
        now = "token-away";
      } else if (!missing.lists().isEmpty() && !missing.goingOnWithout()) {
        now = "crl-ended";
      } else if (!down.ready()) {
        now = "backends-down";
      } else if (!logs.ready()) {
        now = "logs-unwritable";
      }
    }
    StringBuilder text = new StringBuilder(now).append('\n');
    missing.names().forEach(name -> text.append("no certificate yet: ").append(name).append('\n'));
    missing.tokens().forEach(token -> text.append("token away: ").append(token).append('\n'));
    missing
        .lists()
        .forEach(list -> text.append("revocation list ended: ").append(list).append('\n'));
    down.names().forEach(name -> text.append("no endpoint in service: ").append(name).append('\n'));
    logs.logs().forEach(log -> text.append("log cannot be written: ").append(log).append('\n'));
    return new Page(now.equals("ready"), text.toString());
  }
}
