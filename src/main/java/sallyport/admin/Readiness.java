package sallyport.admin;

import java.util.Set;
import java.util.function.Supplier;

/** Whether the gateway takes new work; set by its start and its stop, read by load balancers. */
public final class Readiness {
  /**
   * What cannot be served for now.
   *
   * @param names whose certificates have yet to be issued
   * @param serving whether each listener has another certificate meanwhile
   * @param tokens whose keys cannot be used, by their labels
   * @param goingOn whether it is ready all the same without these
   */
  public record Awaited(Set<String> names, boolean serving, Set<String> tokens, boolean goingOn) {}

  private volatile String state = "starting";
  private volatile Supplier<Awaited> awaited = () -> new Awaited(Set.of(), true, Set.of(), true);

  /**
   * It serves.
   *
   * @param nothingBut what it cannot serve yet; asked each time
   */
  public void ready(Supplier<Awaited> nothingBut) {
    awaited = nothingBut;
    state = "ready";
  }

  /** It finishes what it has and takes nothing new. */
  public void draining() {
    state = "draining";
  }

  /**
   * What load balancers are told.
   *
   * @param text {@code starting}, {@code ready}, {@code awaiting-certificates}, {@code token-away}
   *     or {@code draining}; then the names whose certificates have yet to be issued, and the
   *     tokens that are away, a line each
   */
  record Page(boolean ready, String text) {}

  /** How it stands now. */
  Page page() {
    Awaited missing = awaited.get();
    String now = state;
    boolean up = now.equals("ready");
    boolean signing = missing.tokens().isEmpty() || missing.goingOn();
    String said = now;
    if (up && !missing.serving()) {
      said = "awaiting-certificates";
    } else if (up && !signing) {
      said = "token-away";
    }
    StringBuilder text = new StringBuilder(said).append('\n');
    missing.names().forEach(name -> text.append("no certificate yet: ").append(name).append('\n'));
    missing.tokens().forEach(token -> text.append("token away: ").append(token).append('\n'));
    return new Page(up && missing.serving() && signing, text.toString());
  }
}
